from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.unit.lab import lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.inventory.conftest import Given


LAYERS = [
    ("group_data/all.yml", "jupyter: {port: %d}"),
    ("group_data/compute.yml", "jupyter: {port: %d}"),
    ("group_data/big.yml", "jupyter: {port: %d}"),
    ("group_data/econ1.yml", "jupyter: {port: %d}"),
    ("inventory/lab.yml", "hosts: {econ1: {groups: [compute, big], jupyter: {port: %d}}}"),
    ("--data", "jupyter.port=%d"),
]
HOST = "hosts: {econ1: {groups: [compute, big]}}"


@pytest.mark.parametrize(
    ("below", "above"),
    list(itertools.combinations(range(len(LAYERS)), 2)),
    ids=lambda number: LAYERS[number][0],
)
def test_each_layer_wins_over_each_below_it(given: Given, below: int, above: int) -> None:
    said = {"inventory/lab.yml": HOST, "group_data/compute.yml": "", "group_data/big.yml": ""}
    said |= {LAYERS[number][0]: LAYERS[number][1] % (9000 + number) for number in (below, above)}
    data = [said.pop("--data")] if "--data" in said else []

    host = given(said).host(*data)

    assert host.servers[0].jupyter.port == 9000 + above


@pytest.mark.parametrize("name", ["all", "compute", "econ1"])
def test_python_group_data_has_the_place_of_its_yaml(given: Given, name: str) -> None:
    project = given(
        {
            "inventory/lab.yml": HOST,
            "group_data/all.yml": "jupyter: {interface: notebook}" if name != "all" else "",
            f"group_data/{name}.py": "_timeout = 5\njupyter = {'port': 9000}\nstata = dict(path='/s')\n",
        },
    )

    host = project.host()

    assert host.servers[0].jupyter.port == 9000
    assert host.servers[0].jupyter.interface == ("lab" if name == "all" else "notebook")
    assert host.stata.path == "/s"


def test_maps_merge_deeply_and_lists_replace(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {jupyter: {limits: {cpus: 2}, extra: {A: {c: [3]}}}}}",
            "group_data/all.yml": "jupyter: {limits: {memory: 8G, cpus: 1}, extra: {A: {b: 1, c: [1, 2]}}}",
        },
    )

    jupyter = project.host().servers[0].jupyter

    assert jupyter.limits.model_dump() == {"memory": "8G", "cpus": 2, "tasks": None}
    assert jupyter.extra == {"A": {"b": 1, "c": [3]}}


def test_a_password_replaces_another_as_a_whole(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB", "correct horse")
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {jupyter: {password: {env: LAB}}}}",
            "group_data/all.yml": "jupyter: {password: {file: nowhere}}",
        },
    )

    assert project.fleet().passwords["econ1", "me"].reveal() == "correct horse"


def test_a_key_with_nothing_under_it_changes_nothing(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {jupyter: , servers: }}",
            "group_data/all.yml": "jupyter: {port: 9000}",
        },
    )

    assert project.host().servers[0].jupyter.port == 9000


def test_a_password_of_nothing_takes_the_password_away(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {jupyter: {password: }}}",
            "group_data/all.yml": "jupyter: {password: {env: NOT_SET_ANYWHERE}}",
        },
    )

    assert project.host().servers[0].jupyter.password is None


def test_an_owners_own_keys_win_over_every_layer(given: Given) -> None:
    project = given("hosts: {econ1: {jupyter: {bind: 127.0.0.1}, servers: {bob: {port: 9001}, alice: }}}")

    servers = project.host("jupyter.port=9000").servers

    assert [(server.owner, server.jupyter.port) for server in servers] == [("alice", 9000), ("bob", 9001)]


def test_servers_of_a_group_and_of_a_host_come_together(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {servers: {alice: {interface: lab}}}}",
            "group_data/all.yml": "servers: {class: {interface: lab}, alice: {directory: ~/x}}",
        },
    )

    assert [server.owner for server in project.host().servers] == ["alice", "class"]
    assert project.host().server("alice").jupyter.directory == "~/x"


@pytest.mark.parametrize(
    ("host", "owner"),
    [("econ1: ", "me"), ("econ1: {ssh: {user: admin}}", "admin"), ('"@local": {ssh: {user: admin}}', "me")],
)
def test_a_host_without_servers_has_one_of_the_account_we_connect_as(given: Given, host: str, owner: str) -> None:
    fleet = given(f"hosts: {{{host}}}").fleet()

    assert [server.owner for server in fleet.hosts[0].servers] == [owner]


@pytest.mark.parametrize(
    "data",
    ["jupyter.port=9000", 'jupyter={"port": 9000}', "servers={'me': 1}", "stata.path=/x"],
)
def test_data_arguments_read_as_pyinfra_reads_them(given: Given, data: str) -> None:
    project = given("hosts: {econ1: }")

    if data.startswith("servers"):
        assert "servers: not a map" in project.report(data)
    elif data.startswith("stata"):
        assert project.host(data).stata.path == "/x"
    else:
        assert project.host(data).servers[0].jupyter.port == 9000


@pytest.mark.parametrize("data", ["ssh_user=x", "_sudo=true", "whatever", "my.own=1", "scop=1"])
def test_data_that_is_not_ours_is_left_alone(given: Given, data: str) -> None:
    assert given("hosts: {econ1: }").fleet(data).host("econ1")


def test_relative_paths_start_from_the_file_that_names_them(given: Given, tmp_path: Path) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {ssh: {key: keys/lab}, packages: {server: a.txt}}}",
            "inventory/a.txt": lock("a"),
            "group_data/all.yml": "packages: {kernel: b.txt, server: c.txt}",
            "group_data/b.txt": lock("b"),
        },
    )

    host = project.host()

    assert host.ssh.key == str(tmp_path / "inventory/keys/lab")
    assert (host.packages.server, host.packages.kernel) == (lock("a"), lock("b"))


def test_a_home_is_that_of_the_controller(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/operator")

    host = given("hosts: {econ1: {ssh: {key: ~/.ssh/lab}}}").host()

    assert host.ssh.key == "/home/operator/.ssh/lab"


def test_aliases_and_merge_keys_say_the_same_again(given: Given) -> None:
    project = given(
        "hosts:\n"
        "  econ1: &lab {sudo: true, groups: &g [compute]}\n"
        "  econ2: {<<: *lab, sudo: false}\n"
        "  econ3: {groups: *g}\n",
    )

    fleet = project.fleet()

    assert [(host.sudo, host.groups) for host in fleet.hosts] == [
        (True, ("compute",)),
        (False, ("compute",)),
        (False, ("compute",)),
    ]
