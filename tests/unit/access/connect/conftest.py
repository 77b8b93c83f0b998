import os
import signal
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.unit.access.connect.scripted_ssh import ScriptedSsh


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name, as sockets need."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedSsh]:
    made = ScriptedSsh(tmp_path)
    monkeypatch.setenv("PATH", str(made.bin), prepend=":")
    yield made
    for pid in made.living():
        os.kill(pid, signal.SIGKILL)
