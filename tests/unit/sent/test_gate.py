"""What the gate brings back of each server. It decides nothing and changes nothing."""

import sys
from pathlib import Path

import pytest
from statafleet_host.probe.task import Check, Task
from statafleet_sent import wire
from statafleet_sent.parts import lease as on_host
from statafleet_sent.programs import gate
from statafleet_sent.wire import Evidence, GateAnswer, GateQuestion, LeaseWanted

from statafleet.observed.state import answer
from tests.unit.programs import lease, sent

TASK = Task("/nowhere/probe.sock", 0, 0, (), url="http://127.0.0.1:1/")
WELL = """echo '{"ok": true, "checks": [{"name": "api", "ok": true, "saw": "it answers", "fix": ""}]}'"""
NO_CHECK = """echo why >&2; echo '{"ok": true, "checks": [{"name": 1}]}'"""


def ask(root: Path, python: str, wanted: LeaseWanted | None = None) -> Evidence:
    question = GateQuestion(str(root), "supervisor", python, {"alice": TASK}, wanted)
    done = sent("gate", question)
    assert done.returncode == 0, done.stderr
    return answer(GateAnswer, done.stdout.splitlines()).servers["alice"]


def probe(folder: Path, body: str) -> str:
    """A Python whose probe says this; it notes what it was asked, and how."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\necho "$@" > {folder}/arguments\ncat > {folder}/asked\n{body}\n')
    program.chmod(0o755)
    return str(program)


def test_what_the_probe_saw_comes_back_as_it_is(tmp_path: Path) -> None:
    evidence = ask(tmp_path, probe(tmp_path, WELL))

    assert evidence == Evidence((Check("api", ok=True, saw="it answers"),))


def test_the_probe_takes_no_module_from_the_folder_that_it_starts_in(tmp_path: Path) -> None:
    ask(tmp_path, probe(tmp_path, WELL))

    assert (tmp_path / "arguments").read_text().split() == ["-I", "-m", "statafleet_host.probe"]
    assert wire.parse(Task, (tmp_path / "asked").read_text()) == TASK


def test_who_only_looks_leaves_all_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "root"

    ask(root, probe(tmp_path, WELL))

    assert not root.exists()


def test_a_runs_lease_goes_on(tmp_path: Path) -> None:
    ask(tmp_path, probe(tmp_path, WELL), lease("a"))

    now = on_host.seen(tmp_path)
    assert now
    assert now.run == "a"


@pytest.mark.parametrize("body", ["echo no JSON; echo why >&2", "echo why >&2; exit 3", NO_CHECK])
def test_a_probe_that_breaks_is_a_server_that_is_not_well(tmp_path: Path, body: str) -> None:
    evidence = ask(tmp_path, probe(tmp_path, body))

    assert evidence.checks == (Check("probe", ok=False, saw="the probe itself failed: why"),)


def test_a_host_without_the_environment_is_not_well(tmp_path: Path) -> None:
    (check,) = ask(tmp_path, "/nowhere/python").checks

    assert not check.ok
    assert "/nowhere/python" in check.saw


def test_a_probe_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever holds it: a process of the owner's can make a look into /proc wait for ever."""
    monkeypatch.setattr(gate, "SPARE_SECONDS", 1 - TASK.seconds)

    (check,) = gate.probed(probe(tmp_path, "exec sleep 600"), TASK).checks

    assert check.saw == "the probe itself failed: python was not done within 1 seconds"


def test_the_real_probe_understands_what_it_is_asked(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nPYTHONPATH={':'.join(sys.path)} exec {sys.executable} -m statafleet_host.probe\n")
    python.chmod(0o755)

    first = ask(tmp_path, str(python)).checks[0]

    assert (first.name, first.ok) == ("api", False)
    assert first.saw == "the server's process is gone"
