"""What a run leaves behind at its end: its verdict in the journal, what is taken away and what stays."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from statafleet_sent.parts import journal, login, release
from statafleet_sent.parts.journal import Entry
from statafleet_sent.programs import settle
from statafleet_sent.wire import SettleQuestion

from tests.unit.programs import lease

NOBODY = 65534


class Root:
    """A host's folder with releases and environments by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in ("releases", "environments"):
            (path / folder).mkdir()

    def add(self, name: str, *results: Literal["well", "not well"]) -> None:
        """A release with an environment of its own; now the current one."""
        folder = self.path / "releases" / name
        folder.mkdir(exist_ok=True)
        described = {"servers": {}, "environments": {"server": f"server-{name}"}, "stata": {}}
        (folder / "release.json").write_text(json.dumps(described))
        (self.path / "environments" / f"server-{name}").mkdir(exist_ok=True)
        release.switch(self.path, folder)
        journal.note(self.path, Entry(name, "me", "switched"))
        for result in results:
            journal.note(self.path, Entry(name, "me", result))

    def left(self, folder: str) -> set[str]:
        return {path.name for path in (self.path / folder).iterdir()}


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_the_two_last_good_releases_stay_beside_the_current_one(root: Root) -> None:
    for name in ("a", "b", "c", "d"):
        root.add(name, "well")

    settle.tidy(root.path)

    assert root.left("releases") == {"b", "c", "d"}
    assert root.left("environments") == {"server-b", "server-c", "server-d"}


def test_a_release_that_was_never_well_goes_and_the_good_ones_stay(root: Root) -> None:
    root.add("good", "well")
    for name in ("bad", "worse", "worst"):
        root.add(name, "not well")

    settle.tidy(root.path)

    assert root.left("releases") == {"good", "worst"}


def test_the_current_release_stays_whatever_its_gate_found(root: Root) -> None:
    for name in ("a", "b", "c"):
        root.add(name, "well")
    root.add("now", "not well")

    settle.tidy(root.path)

    assert root.left("releases") == {"b", "c", "now"}


def test_a_line_that_a_crash_cut_off_hinders_nothing(root: Root) -> None:
    root.add("good", "well")
    with (root.path / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"when": "2026-1\xff\n\n[]\n{"release": "x"}\n')
    root.add("now", "well")

    settle.tidy(root.path)

    assert root.left("releases") == {"good", "now"}


@pytest.fixture
def process(root: Root) -> Iterator[str]:
    """A process that runs from an environment that no release has."""
    program = root.path / "environments" / "server-used" / "bin" / "python"
    program.parent.mkdir(parents=True)
    program.symlink_to(sys.executable)
    command = [str(program), "-c", "print('ready', flush=True); import sys; sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
        assert started.stdout
        started.stdout.readline()
        yield "server-used"
        started.communicate()


def test_an_environment_stays_while_a_process_runs_from_it(root: Root, process: str) -> None:
    root.add("now", "well")
    (root.path / "environments" / "server-unused").mkdir()

    settle.tidy(root.path)

    assert root.left("environments") == {"server-now", process}


LIBRARY = """
import mmap, sys
with open(sys.argv[1], "rb") as file:
    held = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def anybody(tmp_path: Path) -> Iterator[Path]:
    """A folder that every account can enter."""
    if os.geteuid() != 0:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/var") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def uses(library: Path, uid: int | None = None) -> subprocess.Popen[bytes]:
    """A process that has loaded a library, and does not name it in its own words."""
    command = ["/usr/bin/python3", "-c", LIBRARY, os.path.relpath(library, library.parents[1])]
    started = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, user=uid, cwd=library.parents[1])
    assert started.stdout
    assert started.stdout.readline() == b"ready\n"
    return started


def library(root: Path) -> Path:
    path = root / "environments" / "server-used" / "lib" / "zmq.so"
    path.parent.mkdir(parents=True)
    path.write_text("library")
    return path


def test_an_environment_stays_while_a_process_has_a_library_of_it(root: Root) -> None:
    root.add("now", "well")

    with uses(library(root.path)) as process:
        settle.tidy(root.path)
        process.communicate()

    assert root.left("environments") == {"server-now", "server-used"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try as another account")
def test_another_account_keeps_no_environment_by_naming_or_loading_it(anybody: Path) -> None:
    root = Root(anybody)
    root.add("now", "well")
    used = library(root.path)

    with (
        uses(used, NOBODY) as loads,
        subprocess.Popen(["sh", "-c", "read _", f"{used.parent}/x"], stdin=subprocess.PIPE, user=NOBODY) as names,
    ):
        settle.tidy(root.path)
        for process in (loads, names):
            process.communicate()

    assert root.left("environments") == {"server-now"}


def test_what_a_broken_build_left_is_taken_away(root: Root) -> None:
    root.add("now", "well")
    (root.path / ".building-x").mkdir()
    (root.path / "environments" / "server-next.tmp").mkdir()

    settle.tidy(root.path)

    assert not (root.path / ".building-x").exists()
    assert root.left("environments") == {"server-now"}


def test_nothing_goes_while_it_is_unknown_what_the_current_release_needs(root: Root) -> None:
    root.add("now", "well")
    (root.path / "releases" / "now" / "release.json").write_text("{}")

    settle.tidy(root.path)

    assert root.left("environments") == {"server-now"}


def secrets(root: Root) -> set[str]:
    return {path.parent.parent.parent.name for path in (root.path / "releases").glob("*/secrets/alice/secret")}


def test_only_the_current_release_keeps_its_secrets(root: Root) -> None:
    for name in ("a", "b", "now"):
        root.add(name)
        (root.path / "releases" / name / "secrets" / "alice").mkdir(parents=True)
        (root.path / "releases" / name / "secrets" / "alice" / "secret").write_text("hash")
        journal.note(root.path, Entry(name, "me", "well"))

    end(root, well=False)
    assert secrets(root) == {"a", "b", "now"}

    end(root, well=True)
    assert secrets(root) == {"now"}
    assert root.left("releases") == {"a", "b", "now"}


def test_old_secrets_go_even_where_the_current_release_is_damaged(root: Root) -> None:
    for name in ("old", "now"):
        root.add(name, "well")
        (root.path / "releases" / name / "secrets").mkdir()
    (root.path / "releases" / "now" / "release.json").unlink()

    settle.tidy(root.path)

    assert [path.parent.name for path in (root.path / "releases").glob("*/secrets")] == ["now"]


def end(root: Root, *, well: bool) -> None:
    settle.main(SettleQuestion(str(root.path), lease(expects="now"), "now", well))


@pytest.mark.parametrize(("well", "result"), [(True, "well"), (False, "not well")])
def test_the_journal_has_the_verdict_and_who_came_to_it(root: Root, well: bool, result: str) -> None:
    root.add("now")

    end(root, well=well)

    last = json.loads((root.path / "journal.jsonl").read_text().splitlines()[-1])
    assert (last["release"], last["who"], last["result"]) == ("now", "mine@laptop", result)
    assert last["seen"] == login.seen()
    found = journal.verdict(root.path, "now")
    assert found
    assert (found.result == "well") is well


def test_all_stays_for_whoever_has_to_find_out_why_it_is_not_well(root: Root) -> None:
    root.add("old")
    root.add("now")

    end(root, well=False)
    assert root.left("releases") == {"old", "now"}

    end(root, well=True)
    assert root.left("releases") == {"now"}


def test_the_host_is_free_again(root: Root) -> None:
    root.add("now")

    end(root, well=False)

    assert not (root.path / "lease").exists()


def test_the_journal_keeps_whose_servers_were_not_well(root: Root) -> None:
    root.add("now")

    settle.main(SettleQuestion(str(root.path), lease(expects="now"), "now", well=True, failed=("bob",)))

    found = journal.verdict(root.path, "now")
    assert found
    assert (found.result, found.failed) == ("well", ("bob",))
