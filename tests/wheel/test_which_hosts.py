"""Every command means the hosts that `pyinfra inventory.py deploy.py` means, wherever in a project it is run."""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.wheel.clone import LAB, REPOSITORY, Clone
from tests.wheel.installed import Installed

ENTRY = (REPOSITORY / "inventory.py").read_text()
OTHER = LAB.replace("127.0.0.2", "127.0.0.4").replace("127.0.0.3", "127.0.0.5")
NAMED = re.compile(r"127\.0\.0\.[2-9]|@local")
TWO, OTHERS, THIS_MACHINE = {"127.0.0.2", "127.0.0.3"}, {"127.0.0.4", "127.0.0.5"}, {"@local"}
COMMANDS = ("render nobody", "access --all", "verify", "remove --all")


@dataclass(frozen=True)
class Layout:
    """What lies where, and whose hosts that means."""

    hosts: set[str]
    files: Mapping[str, str] = field(default_factory=dict)
    inside: str = "."
    inventory: str | None = None
    """What STATA_FLEET_INVENTORY says."""


LAYOUTS = {
    "below a project": Layout(TWO, {"inventory.py": ENTRY, "inventory/lab.yml": LAB}, inside="docs/far"),
    "an inventory and no inventory.py": Layout(TWO, {"inventory/lab.yml": LAB}),
    "nothing": Layout(THIS_MACHINE),
    "another inventory": Layout(
        OTHERS,
        {"inventory.py": ENTRY, "inventory/lab.yml": LAB, "docs/other.yml": OTHER},
        inside="docs",
        inventory="other.yml",
    ),
    "another inventory, and no project": Layout(OTHERS, {"other.yml": OTHER}, inventory="other.yml"),
}


@dataclass(frozen=True)
class Folder:
    path: Path
    home: Path
    programs: Path
    variables: Mapping[str, str]

    def run(self, *words: str) -> str:
        program, *arguments = words
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd=self.path,
            env={**self.variables, "HOME": str(self.home), "PYINFRA_PROGRESS": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout
        return done.stdout

    def meant(self) -> dict[str, set[str]]:
        """Whom each command names; all at once, for most of it is waiting for Python to begin."""
        with ThreadPoolExecutor() as pool:
            return dict(zip(COMMANDS, pool.map(self.hosts, COMMANDS), strict=True))

    def hosts(self, command: str) -> set[str]:
        return set(NAMED.findall(self.run("stata-fleet", *command.split())))


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="far-"))
    yield made
    shutil.rmtree(made)


def laid_out(layout: Layout, folder: Path, installed: Installed) -> Folder:
    for name, text in layout.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    inside, home = folder / layout.inside, folder / "home"
    inside.mkdir(parents=True, exist_ok=True)
    home.mkdir()
    named = {"STATA_FLEET_INVENTORY": layout.inventory} if layout.inventory else {}
    return Folder(inside, home, installed.environment / "bin", {**installed.variables(), **named})


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_every_command_of_the_installed_wheel_means_the_same_hosts(
    layout: Layout, folder: Path, installed: Installed
) -> None:
    here = laid_out(layout, folder, installed)

    assert here.meant() == dict.fromkeys(COMMANDS, layout.hosts)
    assert f"Hosts: {len(layout.hosts)}, " in here.run("stata-fleet", "check")
    if "inventory.py" in layout.files:
        entry = str(folder / "inventory.py")
        assert set(NAMED.findall(here.run("pyinfra", entry, "debug-inventory"))) == layout.hosts


@pytest.mark.parametrize("inside", [".", "docs"])
def test_every_command_in_a_clone_means_the_hosts_of_its_inventory(folder: Path, inside: str) -> None:
    clone = Clone(folder)
    (clone.folder / "docs").mkdir()
    here = Folder(clone.folder / inside, clone.home, Path(sys.executable).parent, clone.variables({}))

    assert here.meant() == dict.fromkeys(COMMANDS, TWO)


def test_away_from_any_project_a_clones_own_inventory_is_not_meant(folder: Path) -> None:
    clone = Clone(folder)
    here = Folder(folder, clone.home, Path(sys.executable).parent, clone.variables({}))

    told = here.run("stata-fleet", "remove", "--all")

    assert told.startswith(f"No project in {folder} or above it: this machine alone, as {clone.folder}/demo has it.\n")
    assert set(NAMED.findall(told)) == THIS_MACHINE


def test_what_an_inventory_py_adds_after_ours_counts(folder: Path, installed: Installed) -> None:
    added = "globals()['all'].append(('127.0.0.9', {**globals()['all'][0][1]}))\n"
    layout = Layout(TWO, {"inventory.py": ENTRY + added, "inventory/lab.yml": LAB}, inside="docs")

    assert laid_out(layout, folder, installed).hosts("verify") == {*TWO, "127.0.0.9"}


def test_pyinfras_own_group_data_is_the_projects(folder: Path, installed: Installed) -> None:
    layout = Layout(TWO, {"inventory/lab.yml": LAB, "group_data/all.py": "ssh_hostname = '127.0.0.6'"}, inside="docs")

    assert "port 9 on 127.0.0.6" in laid_out(layout, folder, installed).run("stata-fleet", "verify")
