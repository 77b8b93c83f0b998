"""One host name a server: no cookie of one server is sent to another by a browser."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
import websocket
from real_server import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path

    from real_server import Server, Start

FILES = "/api/contents?content=0"
NAME = "alice-econ1.localhost"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
NAVIGATES = {"Accept": "*/*", "Sec_Fetch_Mode": "navigate"}


@pytest.fixture(scope="module")
def named(start_shared: Start) -> Server:
    return start_shared({"SignIn.host_name": NAME})


@pytest.mark.parametrize("asks", [HTML, NAVIGATES], ids=["accepts html", "navigates"])
@pytest.mark.parametrize("host", ["127.0.0.1:28238", "localhost:28238", "[::1]:28238", "127.0.0.1"])
def test_a_page_is_sent_on_to_the_servers_own_name_before_any_cookie(
    named: Server, host: str, asks: dict[str, str]
) -> None:
    """The port is the laptop's end of ssh's forwarding."""
    for path in ("/", "/login?next=%2Flab", "/lab/tree/a%20b.ipynb?x=1"):
        page = named.browser().get(path, Host=host, **asks)

        port = ":28238" if "28238" in host else ""
        assert (page.status, page.headers["Location"]) == (302, f"http://{NAME}{port}{path}")
        assert page.set_cookies == []


def test_a_browser_signs_in_at_the_servers_own_name(named: Server) -> None:
    browser = named.browser()
    host = {"Host": f"{NAME}:{named.port}", **HTML}

    page = browser.get("/login", **host)
    assert page.status == 200
    form = urlencode({"password": PASSWORD, "_xsrf": browser.cookies["_xsrf"]})
    signed_in = browser.ask("POST", "/login", form, host)

    assert signed_in.status == 302
    assert f"username-{NAME.replace('.', '-')}-{named.port}" in browser.cookies
    assert not [cookie for cookie in page.set_cookies + signed_in.set_cookies if "domain=" in cookie.lower()]
    assert browser.get(FILES, Host=host["Host"]).status == 200


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]"])
def test_a_page_at_the_servers_own_port_stays_where_it_is(named: Server, name: str) -> None:
    """Its browser may be on this machine, where the name leads to [::1] first, and that may be a neighbour's."""
    page = named.browser().get("/login", Host=f"{name}:{named.port}", **HTML)

    assert page.status == 200


def test_another_address_of_the_loopback_network_stays_where_it_is(named: Server) -> None:
    """The name leads elsewhere."""
    assert named.browser().get("/login", Host="127.0.0.2:28238", **HTML).status == 200


def test_behind_a_socket_every_page_is_sent_on(start_shared: Start, tmp_path: Path) -> None:
    behind = start_shared({"SignIn.host_name": NAME, "ServerApp.sock": str(tmp_path / "jupyter.sock")})

    page = behind.browser().get("/login", Host="localhost:8888", **HTML)

    assert (page.status, page.headers["Location"]) == (302, f"http://{NAME}:8888/login")


def test_another_name_is_refused_as_ever(named: Server) -> None:
    assert named.browser().get("/login", Host=f"evil.example:{named.port}", **HTML).status == 403


def test_what_a_page_loads_is_not_sent_on(named: Server) -> None:
    loads = {"Accept": "text/html", "Sec_Fetch_Mode": "cors"}

    assert named.browser().get("/api", **loads).status == 200


def test_a_program_that_is_no_browser_signs_in_at_127_0_0_1(named: Server) -> None:
    """As VS Code does: the form for its `_xsrf`, the password, then the API and a websocket with the cookies."""
    program = named.browser()
    assert program.sign_in(PASSWORD).status == 302
    xsrf = {"X_XSRFToken": program.cookies["_xsrf"], "Content_Type": "application/json"}

    assert program.get("/api/kernelspecs", Accept="application/json").status == 200
    started = program.ask("POST", "/api/kernels", '{"name": "python3"}', xsrf)
    assert started.status == 201
    kernel = json.loads(started.text)["id"]
    cookies = "; ".join(f"{name}={value}" for name, value in program.cookies.items())
    line = websocket.create_connection(f"ws://127.0.0.1:{named.port}/api/kernels/{kernel}/channels", cookie=cookies)
    line.close()
    assert program.ask("DELETE", f"/api/kernels/{kernel}", None, xsrf).status == 204
