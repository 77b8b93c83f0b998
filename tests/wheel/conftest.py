"""The wheel, installed as a user installs it, once for all tests."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wheel.installed import Installed

REPOSITORY = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))
NO_NETWORK = re.compile(r"dns error|Failed to fetch|Network is unreachable|Connection refused")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel: Path) -> Iterator[Installed]:
    # Not tmp_path: a unix socket's path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="far-") as name:
        yield install(wheel, Path(name))


def install(wheel: Path, folder: Path) -> Installed:
    environment, home = folder / "environment", folder / "home"
    home.mkdir()
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    add = [UV, "pip", "install", "--quiet", "--system-certs", "--python", str(environment / "bin" / "python")]
    lock = REPOSITORY / "locks" / "controller.txt"
    done = subprocess.run(
        [*add, "--require-hashes", "-r", str(lock)], capture_output=True, text=True, check=False, cwd=folder
    )
    if NO_NETWORK.search(done.stderr):
        pytest.skip(f"packages cannot be had here: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    subprocess.run([*add, "--no-deps", str(wheel)], check=True, cwd=folder)
    return Installed(environment, home)
