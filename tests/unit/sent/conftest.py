"""A folder that nobody but the account of the tests can change, as pytest's own is not."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/var", prefix="stata-fleet-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
