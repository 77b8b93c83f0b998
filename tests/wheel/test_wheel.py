"""The wheel, installed as a user installs it and used far from any checkout."""

import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))
NO_NETWORK = re.compile(r"dns error|Failed to fetch|Network is unreachable|Connection refused")
TEMPLATES = (REPOSITORY / "templates").rglob("*.j2")
LOCKS = (REPOSITORY / "locks").glob("*-3.*.txt")
SOURCES = [*(REPOSITORY / "host" / "statafleet_host").rglob("*.py"), *(REPOSITORY / "host").glob("*.d/*.json")]
ENTRIES = [REPOSITORY / name for name in ("inventory.py", "deploy.py", "inventory/local.yml", "host/pyproject.toml")]


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and an empty folder to work in."""

    environment: Path
    home: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        program, *arguments = words
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        return subprocess.run(
            [self.environment / "bin" / program, *arguments],
            cwd=self.home,
            env={**kept, "HOME": str(self.home), "PYINFRA_PROGRESS": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def python(self, code: str) -> str:
        return self.run("python", "-c", code).stdout.strip()

    def carried(self, name: str) -> str:
        return self.python(f"from statafleet import carried; print(carried.folder({name!r}))")


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


@pytest.fixture(scope="module")
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


def test_the_wheel_carries_all_that_a_run_needs(names: set[str]) -> None:
    needed = {
        f"statafleet/_project/{path.relative_to(REPOSITORY)}" for path in [*TEMPLATES, *LOCKS, *SOURCES, *ENTRIES]
    }

    assert needed - names == set()
    assert "statafleet/_project/locks/uv.txt" in names


def test_the_wheel_carries_nothing_else(names: set[str]) -> None:
    odd = re.compile(r"(^|/)(tests?|\w*cache\w*|\.[^/]+|test_[^/]+|conftest\.py|.*\.pyc)(/|$)")

    assert [name for name in sorted(names) if odd.search(name)] == []
    assert {name for name in names if "/inventory/" in name and name.endswith(".yml")} == {
        "statafleet/_project/inventory/local.yml"
    }


def test_what_is_installed_uses_its_own_files(installed: Installed) -> None:
    assert installed.carried("templates").startswith(str(installed.environment))


def test_the_help_names_the_commands(installed: Installed) -> None:
    done = installed.run("stata-fleet", "--help")

    assert done.returncode == 0, done.stdout
    assert "hash-password" in done.stdout


def test_the_shipped_inventory_is_well_and_can_be_rendered(installed: Installed) -> None:
    checked = installed.run("stata-fleet", "check")
    rendered = installed.run("stata-fleet", "render", "@local")

    assert checked.stdout == "Hosts: 1, servers: 1. Nothing is wrong with the settings.\n"
    assert rendered.returncode == 0, rendered.stdout
    assert (installed.home / "rendered" / "@local" / "manifest.json").exists()


def test_the_host_wheel_is_built_from_what_is_installed(installed: Installed) -> None:
    built = installed.python("from statafleet.sending import wheels; print(*wheels.host_wheel())")

    assert re.fullmatch(r"stata_fleet_host-[\d.]+-py3-none-any\.whl", built), built


def test_pyinfra_runs_with_the_installed_files(installed: Installed) -> None:
    done = installed.run("pyinfra", installed.carried("inventory.py"), installed.carried("deploy.py"), "--dry")

    assert done.returncode == 0, done.stdout
    assert "first release, with a server for" in done.stdout
    assert not (installed.home / ".local").exists()
