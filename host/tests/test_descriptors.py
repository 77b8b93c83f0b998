"""A server at an address that somebody else holds for it, as systemd does."""

from __future__ import annotations

import json
import os
import shutil
import socket
import tempfile
import time
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import certificate
import pytest
from real_server import PASSWORD
from statafleet_host.sign_in.descriptors import handed_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real_server import Server, Start

FILES = "/api/contents?content=0"
PROBE = {"X_Stata_Fleet_Probe": "1"}


@pytest.fixture
def held() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def asked(held: socket.socket) -> HTTPConnection:
    connection = HTTPConnection(*held.getsockname(), timeout=60)
    connection.request("GET", "/api")
    return connection


def info(server: Server) -> dict[str, object]:
    (path,) = (server.folder / "runtime").glob("jpserver-*.json")
    told: dict[str, object] = json.loads(path.read_text())
    return told


def test_what_is_asked_before_the_server_is_up_waits_and_is_answered(start: Start, held: socket.socket) -> None:
    early = asked(held)

    server = start(listener=held)

    assert early.getresponse().status == 200
    assert server.browser().sign_in(PASSWORD).status == 302
    assert info(server)["port"] == held.getsockname()[1]
    assert info(server)["url"] == f"http://127.0.0.1:{held.getsockname()[1]}/"


def test_a_killed_server_is_a_pause_and_never_a_refusal(start: Start, held: socket.socket) -> None:
    server = start(listener=held)
    browser = server.browser()
    browser.sign_in(PASSWORD)

    server.kill()
    waiting = asked(held)
    server.start()

    assert waiting.getresponse().status == 200
    assert browser.get(FILES).status == 200


def test_a_socket_that_is_held_is_not_taken_away_at_the_end(start: Start) -> None:
    path = Path(tempfile.mkdtemp(prefix="stata-fleet-")) / "own.sock"
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(path))
        held.listen()
        server = start({"ServerApp.sock": str(path)}, held)
        assert server.browser().sign_in(PASSWORD).status == 302
        assert info(server)["sock"] == str(path)

        server.restart()

        assert server.browser().sign_in(PASSWORD).status == 302
        server.stop()
        assert path.exists()
    shutil.rmtree(path.parent)


def test_it_speaks_tls_there(start: Start, held: socket.socket, tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("crt", "key")]
    for path, text in zip(files, certificate.make("127.0.0.1"), strict=True):
        path.write_text(text)
    server = start({"ServerApp.certfile": str(files[0]), "ServerApp.keyfile": str(files[1])}, held)

    browser = server.browser()

    assert browser.sign_in(PASSWORD).status == 302
    assert browser.get(FILES).status == 200
    assert str(info(server)["url"]).startswith("https://")


def test_a_kernel_inherits_neither_the_socket_nor_the_words_about_it(start: Start, held: socket.socket) -> None:
    server = start(listener=held)
    server.over_probe_socket().ask("POST", "/api/kernels", '{"name": "python3"}', PROBE)

    kernel = child(server.pid)

    assert b"LISTEN_" not in (kernel / "environ").read_bytes()
    inode = f"socket:[{os.fstat(held.fileno()).st_ino}]"
    assert inode not in list(targets(kernel / "fd"))


def targets(folder: Path) -> Iterator[str]:
    """The kernel is starting: it opens and closes files while we look."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            yield str(path.readlink())


def child(pid: int) -> Path:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    deadline = time.monotonic() + 20
    while not (children := listed.read_text().split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return Path(f"/proc/{children[0]}")


@pytest.mark.parametrize("pid", ["1", ""])
def test_what_was_handed_to_another_process_is_left_alone(monkeypatch: pytest.MonkeyPatch, pid: str) -> None:
    monkeypatch.setenv("LISTEN_PID", pid)
    monkeypatch.setenv("LISTEN_FDS", "1")

    assert handed_over() == []
    assert "LISTEN_FDS" not in os.environ
