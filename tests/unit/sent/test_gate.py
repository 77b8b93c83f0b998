"""What the gate notes, and what it takes away and leaves."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from statafleet_sent.programs import gate, switch

from tests.unit.programs import sent


class Root:
    """A host's folder with releases and environments by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for folder in ("releases", "environments"):
            (path / folder).mkdir()

    def add(self, name: str, *results: str) -> None:
        """A release with an environment of its own; now the current one."""
        folder = self.path / "releases" / name
        folder.mkdir(exist_ok=True)
        (folder / "release.json").write_text(json.dumps({"environments": {"server": f"server-{name}"}}))
        (self.path / "environments" / f"server-{name}").mkdir(exist_ok=True)
        switch.switch(self.path, name)
        for result in ("switched", *results):
            switch.note(self.path, release=name, who="me", result=result)

    def left(self, folder: str) -> set[str]:
        return {path.name for path in (self.path / folder).iterdir()}


@pytest.fixture
def root(tmp_path: Path) -> Root:
    return Root(tmp_path)


def test_the_two_last_good_releases_stay_beside_the_current_one(root: Root) -> None:
    for name in ("a", "b", "c", "d"):
        root.add(name, "well")

    gate.tidy(root.path)

    assert root.left("releases") == {"b", "c", "d"}
    assert root.left("environments") == {"server-b", "server-c", "server-d"}


def test_a_release_that_was_never_well_goes_and_the_good_ones_stay(root: Root) -> None:
    root.add("good", "well")
    for name in ("bad", "worse", "worst"):
        root.add(name, "not well")

    gate.tidy(root.path)

    assert root.left("releases") == {"good", "worst"}


def test_the_current_release_stays_whatever_its_gate_found(root: Root) -> None:
    for name in ("a", "b", "c"):
        root.add(name, "well")
    root.add("now", "not well")

    gate.tidy(root.path)

    assert root.left("releases") == {"a", "b", "c", "now"}


def test_a_line_that_a_crash_cut_off_hinders_nothing(root: Root) -> None:
    root.add("good", "well")
    with (root.path / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"when": "2026-1\xff\n\n[]\n{"release": "x"}\n')
    root.add("now", "well")

    gate.tidy(root.path)

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

    gate.tidy(root.path)

    assert root.left("environments") == {"server-now", process}


def test_what_a_broken_build_left_is_taken_away(root: Root) -> None:
    root.add("now", "well")
    (root.path / ".building-x").mkdir()
    (root.path / "environments" / "server-next.tmp").mkdir()

    gate.tidy(root.path)

    assert not (root.path / ".building-x").exists()
    assert root.left("environments") == {"server-now"}


def ask(root: Root, python: str, *, note: bool) -> dict[str, Any]:
    question = {
        "root": str(root.path),
        "manager": "supervisor",
        "python": python,
        "release": "now",
        "who": "me",
        "note": note,
        "optional": [],
        "probes": {"alice": {"url": None}},
    }
    done = sent("gate", question)
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)["servers"]
    return answers


def probe(root: Root, body: str) -> str:
    """A Python whose probe says this."""
    program = root.path / "python"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)
    return str(program)


WELL = """echo '{"ok": true, "checks": []}'"""
NOT_WELL = """echo '{"ok": false, "checks": [{"name": "api", "ok": false, "saw": "", "fix": ""}]}'"""


@pytest.mark.parametrize(("body", "result"), [(WELL, "well"), (NOT_WELL, "not well"), ("exit 1", "not well")])
def test_the_journal_has_what_the_gate_found(root: Root, body: str, result: str) -> None:
    root.add("now")

    ask(root, probe(root, body), note=True)

    last = json.loads((root.path / "journal.jsonl").read_text().splitlines()[-1])
    assert (last["release"], last["who"], last["result"]) == ("now", "me", result)


def test_who_only_looks_leaves_all_as_it_is(root: Root) -> None:
    root.add("old")
    root.add("now")
    before = (root.path / "journal.jsonl").read_text()

    ask(root, probe(root, WELL), note=False)

    assert (root.path / "journal.jsonl").read_text() == before
    assert root.left("releases") == {"old", "now"}
    assert not (root.path / "lock").exists()


@pytest.mark.parametrize("body", ["echo no JSON; echo why >&2", "echo why >&2; exit 3"])
def test_a_probe_that_breaks_is_a_server_that_is_not_well(root: Root, body: str) -> None:
    root.add("now")

    answer = ask(root, probe(root, body), note=True)["alice"]

    assert answer["ok"] is False
    assert answer["checks"][0]["saw"] == "the probe itself failed: why"


def test_a_host_without_the_environment_is_not_well(root: Root) -> None:
    answer = ask(root, "/nowhere/python", note=False)["alice"]

    assert answer["ok"] is False
    assert "/nowhere/python" in answer["checks"][0]["saw"]
