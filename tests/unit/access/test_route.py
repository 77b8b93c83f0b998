from pathlib import Path

import pytest

from statafleet.access.route import Route, find
from statafleet.errors import StataFleetError
from tests.unit.access.lab_routes import lab


def test_a_loopback_server_is_forwarded_by_its_port(routes: tuple[Route, ...]) -> None:
    bob = find("bob@econ1.lab.example", routes, "carol")

    assert (bob.target, bob.url) == ("127.0.0.1:8889", f"http://bob-econ1-lab-example.localhost:{bob.port}/bob/")


def test_a_program_that_is_no_browser_is_given_the_address_itself(routes: tuple[Route, ...]) -> None:
    bob = find("bob@econ1.lab.example", routes, "carol")

    assert bob.program_url == f"http://127.0.0.1:{bob.port}/bob/"


def test_a_socket_is_forwarded_by_its_path_on_the_host(routes: tuple[Route, ...]) -> None:
    assert find("econ2.lab.example", routes, "carol").target == "/run/stata-fleet/alice.sock"


def test_an_address_with_a_certificate_is_opened_directly(routes: tuple[Route, ...]) -> None:
    route = find("teach.lab.example", routes, "carol")

    assert route.direct
    assert route.url == "https://192.0.2.7:8888/"


def test_this_machine_is_opened_directly(tmp_path: Path) -> None:
    (route,) = lab(tmp_path, 'hosts: {"@local": {scope: user, servers: {carol: {port: 8890}}}}')

    assert route.direct
    assert route.url == "http://127.0.0.1:8890/"
    assert find("carol@@local", [route], "carol") is route


def test_hosts_that_ssh_does_not_reach_have_no_route(tmp_path: Path) -> None:
    assert lab(tmp_path, 'hosts: {"@docker/jupyter": {}}') == ()


def test_a_host_alone_means_the_server_of_this_account(routes: tuple[Route, ...]) -> None:
    assert find("econ1.lab.example", routes, "bob").owner == "bob"


def test_a_host_alone_means_its_only_server(routes: tuple[Route, ...]) -> None:
    assert find("econ2.lab.example", routes, "carol").owner == "alice"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("econ1.lab.example", "carol has no server there; write one of: alice@econ1.lab.example, bob@econ1"),
        ("dora@econ1.lab.example", "no such server; on that host there are: alice@econ1.lab.example, bob@econ1"),
        ("econ9", "no such host; the inventory has: econ1.lab.example, econ2.lab.example, teach.lab.example"),
    ],
)
def test_what_is_unclear_is_answered_with_the_choices(routes: tuple[Route, ...], asked: str, told: str) -> None:
    with pytest.raises(StataFleetError) as error:
        find(asked, routes, "carol")

    assert str(error.value).startswith(f"{asked}: {told}")
