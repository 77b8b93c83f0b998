"""One run at a time on a host: two controllers, broken-off runs, clocks and reboots."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from statafleet_sent.parts import lease as on_host
from statafleet_sent.parts import login, release
from statafleet_sent.parts.report import Refused
from statafleet_sent.programs import observe, remove, settle, switch
from statafleet_sent.wire import Lease, LeaseWanted, RemoveQuestion, SettleQuestion

from tests.unit.programs import lease, question, sent
from tests.unit.put import put, switching


def work(root: Path, wanted: LeaseWanted) -> None:
    with on_host.held(root, wanted):
        pass


def record(root: Path) -> on_host.Held:
    found = on_host.recorded(root)
    assert found
    return found


def change(root: Path, **facts: object) -> None:
    now = json.loads((root / "lease").read_text())
    (root / "lease").write_text(json.dumps({**now, **facts}))


def test_a_run_keeps_the_host_between_its_programs(tmp_path: Path) -> None:
    work(tmp_path, lease("a"))

    with pytest.raises(Refused) as refused:
        work(tmp_path, lease("b"))

    assert str(refused.value) == (
        f"a@laptop ({login.seen()}) is working on this host since {record(tmp_path).since} (a test); "
        "if that run was broken off, its lease ends in 15 min at most"
    )
    work(tmp_path, lease("a"))


def test_nobody_else_may_read_who_works_here(tmp_path: Path) -> None:
    work(tmp_path, lease())

    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
        "lease": 0o600,
        "lock": 0o600,
    }


def test_a_lease_ends_by_itself(tmp_path: Path) -> None:
    work(tmp_path, lease("a"))
    change(tmp_path, renewed=record(tmp_path).renewed - on_host.TTL)

    assert on_host.seen(tmp_path) is None
    work(tmp_path, lease("b"))

    assert record(tmp_path).run == "b"


def test_each_program_of_a_run_renews_its_lease(tmp_path: Path) -> None:
    work(tmp_path, lease("a"))
    since = record(tmp_path).since
    change(tmp_path, renewed=record(tmp_path).renewed - on_host.TTL, since="long ago")

    work(tmp_path, lease("a"))

    assert on_host.left(record(tmp_path)) > on_host.TTL / 2
    assert record(tmp_path).since == "long ago" != since


def test_the_date_has_no_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    work(tmp_path, lease("a"))

    now = time.time()
    for moved in (0, now * 2):
        monkeypatch.setattr(time, "time", lambda moved=moved: moved)
        with pytest.raises(Refused, match="a@laptop"):
            work(tmp_path, lease("b"))


@pytest.mark.parametrize("facts", [{"boot": "another"}, {"renewed": 1e12}], ids=["reboot", "a later boot's clock"])
def test_a_boot_ends_every_lease(tmp_path: Path, facts: dict[str, object]) -> None:
    work(tmp_path, lease("a"))
    change(tmp_path, **facts)

    assert on_host.seen(tmp_path) is None
    work(tmp_path, lease("b"))


def test_a_program_that_fails_gives_the_host_back(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the disk is full"), on_host.held(tmp_path, lease("a")):
        raise Refused("the disk is full")

    assert not (tmp_path / "lease").exists()
    work(tmp_path, lease("b"))


def test_a_program_that_is_refused_takes_nobodys_lease(tmp_path: Path) -> None:
    work(tmp_path, lease("a"))

    with pytest.raises(Refused):
        work(tmp_path, lease("b"))

    assert record(tmp_path).run == "a"


def test_a_run_that_is_known_to_be_over_is_followed_at_once(tmp_path: Path) -> None:
    work(tmp_path, lease("broken off"))

    work(tmp_path, lease("again", takes_over="broken off"))

    assert record(tmp_path).run == "again"
    with pytest.raises(Refused, match="again@laptop"):
        work(tmp_path, lease("third", takes_over="broken off"))


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"run": 7}', "\xff", "[" * 100_000])
def test_a_lease_that_nobody_can_read_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "lease").write_text(content, "latin-1")

    assert on_host.seen(tmp_path) is None
    work(tmp_path, lease("a"))


def test_a_lease_of_a_newer_version_counts(tmp_path: Path) -> None:
    work(tmp_path, lease("a"))
    change(tmp_path, waves=[1, 2])

    with pytest.raises(Refused, match="a@laptop"):
        work(tmp_path, lease("b"))


HOLDER = """
import sys
from pathlib import Path
from statafleet_sent.parts import lease
from tests.unit.programs import lease as wanted
with lease.held(Path(sys.argv[1]), wanted("a")):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of run a that is at work."""
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield process
        process.kill()


@pytest.mark.usefixtures("holder")
def test_while_a_program_runs_no_time_ends_the_lease(tmp_path: Path) -> None:
    change(tmp_path, renewed=0, boot="another")

    seen = on_host.seen(tmp_path)
    assert seen
    assert seen.run == "a"
    for other in (lease("b"), lease("b", takes_over="a"), lease("a")):
        with pytest.raises(Refused, match="a program of that run is at work now"):
            work(tmp_path, other)


def test_a_program_that_was_killed_leaves_a_lease_that_ends(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()

    with pytest.raises(Refused, match="ends in 15 min at most"):
        work(tmp_path, lease("b"))
    change(tmp_path, renewed=record(tmp_path).renewed - on_host.TTL)
    work(tmp_path, lease("b"))


def settling(root: Path, run: str, expects: str, *, well: bool) -> SettleQuestion:
    return SettleQuestion(str(root), lease(run, expects=expects), expects, well)


def test_nothing_of_one_run_is_tidied_away_by_another(tmp_path: Path) -> None:
    now = put(tmp_path)
    built = tmp_path / "environments" / "server-next"
    with on_host.held(tmp_path, lease("a", expects=now.id)):
        built.mkdir(parents=True)

    with pytest.raises(Refused, match=r"a@laptop \(.+\) is working on this host"):
        settle.main(settling(tmp_path, "b", now.id, well=True))

    assert built.exists()
    assert not (tmp_path / "journal.jsonl").exists()


def test_a_run_that_read_the_host_before_another_changed_it_is_told_to_look_again(tmp_path: Path) -> None:
    before = put(tmp_path, port=9000)
    first, second = lease("a", expects=before.id), lease("b", expects=before.id)
    asked = switching(tmp_path, first, port=9001)
    switch.main(asked)
    settle.main(SettleQuestion(str(tmp_path), first, asked.id, well=False))

    with pytest.raises(Refused, match="the host has changed since it was read"):
        switch.main(replace(asked, lease=second))

    assert not (tmp_path / "lease").exists()


def test_what_a_run_changed_itself_is_no_surprise_to_it(tmp_path: Path) -> None:
    before = put(tmp_path, port=9000)
    wanted = lease("a", expects=before.id)
    asked = switching(tmp_path, wanted, port=9001)

    switch.main(asked)
    settle.main(SettleQuestion(str(tmp_path), wanted, asked.id, well=True))

    assert release.current(tmp_path) == asked.id
    assert not (tmp_path / "lease").exists()


def test_a_host_on_which_somebody_works_is_not_removed(tmp_path: Path) -> None:
    root = tmp_path / "stata-fleet"
    made = put(root)
    work(root, lease("a", expects=made.id))

    with pytest.raises(Refused, match="a@laptop"):
        remove.main(RemoveQuestion(str(root), "user", lease("b", expects=made.id)))

    assert (root / "current" / "release.json").exists()


def test_a_look_tells_who_works_here_and_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observe, "sys", SimpleNamespace(argv=["-c", "/python"], version_info=sys.version_info))
    work(tmp_path, lease("a"))
    before = (tmp_path / "lease").read_text()

    seen = observe.main(question(tmp_path))

    assert seen.lease == Lease("a", "a@laptop", "a test", record(tmp_path).since, login.seen())
    assert (tmp_path / "lease").read_text() == before


def test_who_comes_second_reads_one_line_and_no_traceback(tmp_path: Path) -> None:
    work(tmp_path, lease("a"))

    second = sent("switch", switching(tmp_path, lease("b")))

    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr.startswith(f"a@laptop ({login.seen()}) is working on this host since ")
    assert second.stderr.count("\n") == 1
    assert not (tmp_path / "releases").exists()
