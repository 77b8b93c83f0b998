"""A host that does not answer, or not to the end, fails alone and in one line."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput
from statafleet_sent.wire import Done
from typing_extensions import override

from statafleet.run import limits
from statafleet.run.program import Program
from statafleet.sending import bootstrap
from tests.unit.programs import question, sent
from tests.unit.put import put
from tests.unit.run.test_program import Remote, execute, secret


class Late(Remote):
    """pyinfra's own limit ends it."""

    @override
    def run_shell_command(self, command: StringCommand, **arguments: Any) -> tuple[bool, CommandOutput]:
        self.limit = arguments["_timeout"]
        raise TimeoutError


class Silent(Remote):
    """It goes on where pyinfra has no limit, as while it waits for a program's status."""

    @override
    def run_shell_command(self, command: StringCommand, **arguments: Any) -> tuple[bool, CommandOutput]:
        while True:
            gevent.sleep(0.01)


def program() -> Program[Done]:
    return Program("switch", "auto", secret, Done)


def test_the_host_ends_its_program_before_pyinfra_gives_up() -> None:
    remote = Late()

    assert not execute(remote, program())

    assert remote.limit > bootstrap.SECONDS["switch"]
    assert remote.told == ["no answer within 300 seconds"]


def test_a_host_that_pyinfra_would_wait_for_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bootstrap.SECONDS, "switch", 0)
    monkeypatch.setattr(limits, "AT_LAST", 0.05)
    remote = Silent()

    assert not execute(remote, program())

    assert remote.told == ["no answer within 0 seconds"]


def test_a_program_that_hangs_is_ended_by_its_host_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(bootstrap.SECONDS, "observe", 1)
    put(tmp_path)
    os.mkfifo(tmp_path / "journal.jsonl")

    done = sent("observe", question(tmp_path))

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "not done within 1 seconds\n")


def test_a_program_is_ended_though_no_signal_reaches_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As none does while it waits for a process that its account keeps within exec."""
    monkeypatch.setitem(bootstrap.SECONDS, "observe", 1)
    put(tmp_path)
    os.mkfifo(tmp_path / "journal.jsonl")
    argv = (sys.executable, "-I", "-S", "-c", bootstrap.source("statafleet_sent.assemble"), sys.executable)
    given = bootstrap.line("observe", question(tmp_path)) + "\n"

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        done = subprocess.run(argv, input=given, capture_output=True, text=True, timeout=60, check=False)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    assert (done.returncode, done.stderr) == (1, "not done within 1 seconds\n")


def test_every_program_has_a_limit() -> None:
    programs = Path(str(bootstrap._spec(bootstrap.PROGRAMS).origin)).parent.glob("*.py")

    assert {path.stem for path in programs} - {"__init__"} == bootstrap.SECONDS.keys()
