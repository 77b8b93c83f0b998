"""Where a server listens, as each of its readers asks."""

from __future__ import annotations

from typing import Any

import pytest

from statafleet.settings.model.jupyter import Jupyter
from statafleet.settings.model.listening import Listening, Port

TLS = {"certificate": "lab.crt", "key": "lab.key"}


def listening(**jupyter: Any) -> Listening:
    return Jupyter.model_validate(jupyter).listening


@pytest.mark.parametrize(
    ("jupyter", "url"),
    [
        ({"bind": "127.0.0.1"}, "http://127.0.0.1:8888/"),
        ({"bind": "::1", "port": 9000}, "http://[::1]:9000/"),
        ({"bind": "127.0.0.1", "base_url": "alice"}, "http://127.0.0.1:8888/alice/"),
        ({"bind": "192.0.2.1", "tls": TLS}, "https://192.0.2.1:8888/"),
        ({"bind": "socket"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_server_has_one_url_and_on_a_socket_none(jupyter: dict[str, Any], url: str | None) -> None:
    assert listening(**jupyter).url == url


def test_a_port_is_all_that_a_server_listens_on_and_a_socket_is_none() -> None:
    port, socket = listening(bind="::1"), listening(bind="socket")

    assert (port.ports, port.listen) == ((8888,), ("[::1]:8888",))
    assert (socket.ports, socket.listen) == ((), ())


@pytest.mark.parametrize(
    ("bind", "public"),
    [("127.0.0.1", False), ("::1", False), ("10.0.0.1", True), ("0.0.0.0", True), ("socket", False)],  # noqa: S104
)
def test_other_machines_reach_an_address_alone(bind: str, public: bool) -> None:
    assert listening(bind=bind).public is public


@pytest.mark.parametrize(("bind", "at"), [("0.0.0.0", "econ1"), ("::", "econ1"), ("192.0.2.1", "192.0.2.1")])  # noqa: S104
def test_who_listens_on_every_address_is_reached_at_one(bind: str, at: str) -> None:
    port = listening(bind=bind)

    assert isinstance(port, Port)
    assert port.reached_at("econ1").authority == f"{at}:8888"
