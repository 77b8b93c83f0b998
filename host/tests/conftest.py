"""Fixtures: servers that are started and ended, and the stand-in for Stata."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

from real_server import HOST, Server  # noqa: E402  (found by the line above)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from real_server import Config, Start


@pytest.fixture
def start() -> Iterator[Start]:
    """Start servers with settings on top of the usual ones; all are ended afterwards."""
    servers: list[Server] = []
    folders: list[str] = []

    def started(config: Config | None = None) -> Server:
        # Not tmp_path: a unix socket's path has room for 107 bytes.
        folders.append(tempfile.mkdtemp(prefix="stata-fleet-"))
        servers.append(Server(Path(folders[-1]), config or {}))
        servers[-1].start()
        return servers[-1]

    yield started
    for server in servers:
        server.stop()
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture
def server(start: Start) -> Server:
    return start()


@pytest.fixture
def stand_in() -> Path:
    """The stand-in for Stata's console."""
    return HOST.parent / "stand_in" / "stata-mp"
