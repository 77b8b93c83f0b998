"""Fixtures: servers that are started and ended, and the stand-in for Stata."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from real_server import HOST, Server  # noqa: E402  (found by the line above)

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from real_server import Config, Start


@contextmanager
def _servers() -> Iterator[Start]:
    servers: list[Server] = []

    def started(config: Config | None = None, listener: socket.socket | None = None) -> Server:
        # Not tmp_path: a unix socket's path has room for 107 bytes.
        servers.append(Server(Path(tempfile.mkdtemp(prefix="stata-fleet-")), config or {}, listener))
        servers[-1].start()
        return servers[-1]

    try:
        yield started
    finally:
        for server in servers:
            server.end()
            shutil.rmtree(server.folder)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers with settings on top of the usual ones; all are ended afterwards."""
    with _servers() as started:
        yield started


@pytest.fixture
def server(start: Start) -> Server:
    return start()


@pytest.fixture(scope="module")
def start_shared() -> Iterator[Start]:
    """Start servers for tests that leave them as they were; nobody fails to sign in on them."""
    with _servers() as started:
        yield started


@pytest.fixture(scope="module")
def shared(start_shared: Start) -> Server:
    return start_shared()


@pytest.fixture
def stand_in() -> Path:
    """The stand-in for Stata's console."""
    return HOST.parent / "stand_in" / "stata-mp"
