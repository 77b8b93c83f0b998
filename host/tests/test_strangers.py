"""What somebody who is not signed in can cost a server: asked of a real one."""

from __future__ import annotations

import json
import re
import resource
import socket
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from real_server import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real_server import Browser, Server

FILES = "/api/contents?content=0"
MEGABYTE = 1024 * 1024


def peak_of_memory(server: Server) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+)", status)
    return int(kilobytes) * 1024


def connected(server: Server, said: str) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    sock.sendall(said.encode())
    return sock


def post(server: Server, megabytes: int, header: str = "") -> socket.socket:
    """A request whose last byte never comes, so that all of it is held as long as the server holds it."""
    said = f"POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n{header}Content-Length: {megabytes * MEGABYTE + 1}\r\n\r\n"
    sock = connected(server, said)
    try:
        for _ in range(megabytes):
            sock.sendall(b"x" * MEGABYTE)
    except ConnectionError:
        pass
    return sock


@pytest.fixture
def owner(server: Server) -> Iterator[HTTPConnection]:
    """A connection on which the owner has signed in and which stays open."""
    browser = server.browser()
    browser.sign_in(PASSWORD)
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.headers = {"Cookie": cookies(browser)}  # type: ignore[attr-defined]
    assert status(connection) == 200
    yield connection
    connection.close()


def cookies(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def status(connection: HTTPConnection) -> int:
    connection.request("GET", FILES, headers=connection.headers)  # type: ignore[attr-defined]
    response = connection.getresponse()
    response.read()
    return response.status


@pytest.mark.parametrize("header", ["", "Cookie: username-127-0-0-1=forged\r\n", "Authorization: token \r\n"])
def test_large_bodies_of_strangers_are_not_kept(shared: Server, header: str) -> None:
    before = peak_of_memory(shared)

    with ExitStack() as held:
        for _ in range(3):
            held.enter_context(post(shared, 100, header))

        assert shared.browser().get("/api").status == 200
        assert peak_of_memory(shared) - before < 30 * MEGABYTE


def test_the_owner_uploads_large_files(server: Server) -> None:
    browser = server.browser()
    browser.sign_in(PASSWORD)
    file = json.dumps({"type": "file", "format": "text", "content": "x" * 20 * MEGABYTE})

    page = browser.ask("PUT", "/api/contents/large.txt", file, {"X_XSRFToken": browser.cookies["_xsrf"]})

    assert page.status == 201
    assert (server.folder / "large.txt").stat().st_size == 20 * MEGABYTE


@pytest.mark.parametrize(
    "said",
    ["", "GET /api HTTP/1.1\r\nHost: 127.0", "POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx"],
    ids=["nothing", "half the headers", "half the body"],
)
def test_a_stranger_who_does_not_go_on_is_cut_off_and_the_owner_is_not(
    server: Server, owner: HTTPConnection, said: str
) -> None:
    with connected(server, said) as slow:
        assert slow.recv(1) == b""

    line = owner.sock
    assert status(owner) == 200
    assert owner.sock is line


def test_a_crowd_of_strangers_keeps_nobody_out(server: Server, owner: HTTPConnection) -> None:
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (600, 600))

    with ExitStack() as held:
        crowd = [held.enter_context(connected(server, "GET")) for _ in range(900)]

        assert server.browser().sign_in(PASSWORD).status == 302
        line = owner.sock
        assert status(owner) == 200
        assert owner.sock is line
        # Nobody came in merely because the crowd had gone by itself.
        crowd[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            crowd[-1].recv(1)
