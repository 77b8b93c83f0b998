"""The wheel, installed as a user installs it and used far from any checkout."""

import re
import zipfile
from pathlib import Path

import pytest

from tests.wheel.installed import Installed

REPOSITORY = Path(__file__).parents[2]
TEMPLATES = (REPOSITORY / "templates").rglob("*.j2")
LOCKS = (REPOSITORY / "locks").glob("*-3.*.txt")
SOURCES = [*(REPOSITORY / "host" / "statafleet_host").rglob("*.py"), *(REPOSITORY / "host").glob("*.d/*.json")]
ENTRIES = [REPOSITORY / "deploy.py", REPOSITORY / "demo/inventory/this-machine.yml"]
PARTS = [REPOSITORY / "host" / name for name in ("pyproject.toml", "kernels/start.py")]


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return set(opened.namelist())


def test_the_wheel_carries_all_that_a_run_needs(names: set[str]) -> None:
    needed = {
        f"statafleet/_project/{path.relative_to(REPOSITORY)}"
        for path in [*TEMPLATES, *LOCKS, *SOURCES, *ENTRIES, *PARTS]
    }

    assert needed - names == set()
    assert "statafleet/_project/locks/uv.txt" in names


def test_the_wheel_carries_nothing_else(names: set[str]) -> None:
    odd = re.compile(r"(^|/)(tests?|\w*cache\w*|\.[^/]+|test_[^/]+|conftest\.py|.*\.pyc)(/|$)")

    assert [name for name in sorted(names) if odd.search(name)] == []
    assert {name for name in names if "/inventory/" in name and name.endswith(".yml")} == {
        "statafleet/_project/demo/inventory/this-machine.yml"
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

    assert re.fullmatch(
        r"No project in \S+ or above it: this machine alone, as \S+/_project/demo has it\.\n"
        r"Hosts: 1, servers: 1\. Nothing is wrong with the settings\.\n",
        checked.stdout,
    )
    assert rendered.returncode == 0, rendered.stdout
    assert (installed.home / "rendered" / "@local" / "manifest.json").exists()


def test_the_host_wheel_is_built_from_what_is_installed(installed: Installed) -> None:
    built = installed.python("from statafleet.sending import wheels; print(*wheels.host_wheel())")

    assert re.fullmatch(r"stata_fleet_host-[\d.]+-py3-none-any\.whl", built), built


def test_pyinfra_runs_with_the_installed_files(installed: Installed) -> None:
    entry = installed.python("from statafleet.cli.pyinfra_process import DEPLOYS; print(DEPLOYS / 'inventory.py')")

    done = installed.run("pyinfra", entry, installed.carried("deploy.py"), "--dry", "--data", "jupyter.bind=socket")

    assert done.returncode == 0, done.stdout
    assert "first release, with a server for" in done.stdout
    assert not (installed.home / ".local").exists()
