"""How the controller tells its own runs apart: what a host's lease is asked for with."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from statafleet_host import proc
from statafleet_sent.wire import Lease, Observed

from statafleet.run import lease
from tests.unit.lab import answers_of, converged, empty, lab, made

pytestmark = pytest.mark.skipif(not proc.PROC.is_dir(), reason="only /proc tells when a process was started")


def seen(run: str | None = None) -> Observed:
    held = Lease(run, "me", "a test", "2026-11-25T13:00:00Z", "root") if run else None
    return replace(empty(answers_of(lab())), lease=held)


def run_of(pid: int, start: str | None = None) -> str:
    return f"{lease.machine()}:{pid}:{start or proc.started(pid)}"


def test_a_run_says_who_it_is_and_what_it_saw() -> None:
    wanted = lease.wanted(converged(made(), answers_of(lab())), "tidy up")

    assert wanted.run == run_of(os.getpid())
    assert wanted.who.count("@") == 1
    assert (wanted.why, wanted.expects, wanted.takes_over) == ("tidy up", made().id, "")
    assert lease.wanted(seen(), "").expects == ""


def test_a_run_that_ended_here_is_taken_over() -> None:
    with subprocess.Popen(["true"]) as over:
        pass

    assert lease.wanted(seen(run_of(over.pid, "1")), "").takes_over == run_of(over.pid, "1")


def test_another_process_that_has_its_number_now_is_not_it() -> None:
    assert lease.wanted(seen(run_of(os.getpid(), "1")), "").takes_over


def test_a_run_that_goes_on_is_let_be() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        found = lease.wanted(seen(run_of(other.pid)), "")
        other.communicate(b"\n")

    assert found.takes_over == ""


@pytest.mark.parametrize(
    "run",
    ["another boot.4026531836:1:1", "a:1", "", ":", "x:-1:1", f"x:{'9' * 99}:1", "\n:1:1", "a:1:1:1"],
)
def test_of_another_machines_run_nothing_is_known(run: str) -> None:
    assert lease.wanted(seen(run), "").takes_over == ""


def test_without_proc_no_run_is_taken_over_and_no_two_are_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "machine", lambda: "")
    monkeypatch.setattr(proc, "started", lambda _: "")
    first, second = lease.this_run.__wrapped__(), lease.this_run.__wrapped__()

    assert first != second
    assert not lease.is_over(first)
