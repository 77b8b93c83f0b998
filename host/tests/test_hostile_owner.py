"""What an owner may put before root's probe: it ends in time, keeps to little memory, and says what it saw."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fake_server import answer, endless, frame, serving, upgraded
from real_server import NOBODY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fake_server import Says

MEBIBYTE = 1 << 20


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not tmp_path: a unix socket's path has room for 107 bytes."""
    made = Path(tempfile.mkdtemp(prefix="stata-fleet-"))
    yield made
    shutil.rmtree(made)


def probed(sock: Path, **more: object) -> dict[str, dict[str, Any]]:
    """What the probe says of a server on this socket; it may use no more memory than a test can bear."""
    task = {"probe_socket": str(sock), "socket": str(sock), "owner_uid": os.geteuid(), "listen": []}
    task |= {"pid": os.getpid(), "ready_timeout": 1, "kernel_timeout": 2} | more
    done = subprocess.run(
        [sys.executable, "-I", "-m", "statafleet_host.probe"],
        input=json.dumps(task),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1024 * MEBIBYTE, 1024 * MEBIBYTE)),
    )
    assert done.returncode == 0, done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def trickle(start: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Iterator[bytes]:
    yield start
    while True:
        yield b"x"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("says", "saw"),
    [
        (lambda _: endless(b"x" * 65536), "more than 1 MiB"),
        (lambda _: trickle(), "no answer in time"),
        (lambda _: answer(b"[" * 60000), "RecursionError"),
        (lambda _: answer(b"[]"), "TypeError"),
        (lambda _: answer(b'{"version": "' + b"x" * 100000 + b'"}'), "Jupyter server xxx"),
    ],
    ids=["endless", "trickling", "deep", "another shape", "long"],
)
def test_whatever_a_server_answers_is_a_plain_finding(folder: Path, says: Says, saw: str) -> None:
    with serving(folder / "sock", says) as sock:
        found = probed(sock)["api"]

    assert saw in found["saw"]
    assert len(found["saw"]) < 1000


def kernel_that_says(pieces: Callable[[str], Iterable[bytes]]) -> Says:
    """A server that is well, but for what its kernel sends over the websocket."""

    def says(head: str) -> Iterable[bytes]:
        method, path = head.split()[:2]
        if "/channels" in path:
            return pieces(head)
        if method == "POST":
            return answer(b'{"id": "1"}', "201 Created")
        if path.startswith("/api/kernels"):
            return answer(b"", "404 Not Found")
        return answer(b'{"version": "2"}', "403 Forbidden" if path.startswith("/api/contents") else "200 OK")

    return says


def trickling_frames(head: str) -> Iterator[bytes]:
    yield upgraded(head)
    yield from trickle(frame(b"x" * MEBIBYTE)[:20])


@pytest.mark.parametrize(
    ("pieces", "saw"),
    [
        (lambda head: [upgraded(head), b"\x01\x00", *[b"\x00\x7e\x40\x00" + b"x" * 16384] * 16384], "more than 1 MiB"),
        (lambda head: [upgraded(head), b"\x81\x7f\x3f" + b"\xff" * 7, *[b"x" * MEBIBYTE] * 300], "more than 1 MiB"),
        (trickling_frames, "no answer in time"),
        (lambda _: trickle(b"HTTP/1.1 101 Switching"), "no answer in time"),
        (lambda head: [upgraded(head), frame(b"[" * 60000)], "RecursionError"),
        (lambda head: [upgraded(head), frame(b"[]")], "TypeError"),
    ],
    ids=["endless message", "a huge frame", "trickling", "trickling upgrade", "deep", "another shape"],
)
def test_whatever_a_kernel_says_is_a_plain_finding(folder: Path, pieces: Says, saw: str) -> None:
    with serving(folder / "sock", kernel_that_says(pieces)) as sock:
        found = probed(sock, kernel="stata")["kernel"]

    assert saw in found["saw"]


def test_the_probe_follows_no_server_elsewhere(folder: Path) -> None:
    """Root has a network where a sealed server has none."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"ws://127.0.0.1:{elsewhere.getsockname()[1]}/"
        away = f"HTTP/1.1 302 Found\r\nLocation: {address}\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(folder / "sock", kernel_that_says(lambda _: [away])) as sock:
            found = probed(sock, kernel="stata")["kernel"]
        elsewhere.setblocking(False)

        assert "Redirect limit exhausted" in found["saw"]
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


def test_the_whole_probe_has_one_deadline_and_tells_what_it_found_until_then(folder: Path) -> None:
    with serving(folder / "sock", kernel_that_says(trickling_frames)) as sock:
        found = probed(sock, kernel="stata", kernel_timeout=30, ready_timeout=-148)

    assert list(found) == ["api", "bound only", "refuses strangers", "sign-in", "probe"]
    assert found["probe"]["saw"] == "not done after 2 seconds"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has what an owner may not reach")
def test_root_is_led_to_no_socket_but_the_owners(folder: Path) -> None:
    """His path may be a link to one that answers root alone."""
    asked: list[str] = []

    def says(head: str) -> Iterable[bytes]:
        asked.append(head)
        return answer(b"{}")

    with serving(folder / "roots.sock", says):
        (folder / "sock").symlink_to(folder / "roots.sock")
        found = probed(folder / "sock", owner_uid=NOBODY)["api"]

    assert not found["ok"]
    assert asked == []


def test_a_path_that_is_no_socket_is_a_plain_finding(folder: Path) -> None:
    os.mkfifo(folder / "sock")

    assert "is no socket of account" in probed(folder / "sock")["api"]["saw"]
