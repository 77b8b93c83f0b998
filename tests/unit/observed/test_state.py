"""What snapshots mean; `snapshots/` has some that the program made."""

import json
from pathlib import Path
from typing import Any

import pytest
from statafleet_sent.wire import Account, Console, Interpreter, Observed, PortHolder, Running, Sessions

from statafleet.observed.state import NotUsable, parse
from statafleet.run.fact import Observation
from tests.unit.programs import question, sent

SNAPSHOTS = Path(__file__).parent / "snapshots"
KERNEL, SERVER = "kernel-3.11-", "server-3.11-"


def snapshot(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SNAPSHOTS / f"{name}.json").read_text())
    return found


def seen(name: str = "as_it_was_made", **other: Any) -> Observed:
    return parse([json.dumps({**snapshot(name), **other})])


def test_a_host_on_which_nothing_of_ours_is() -> None:
    host = seen("nothing_there")

    assert host.installed is None
    assert host.accounts == {"root": Account("root", 0, "/root", has_home=True), "nobody-there": None}
    assert host.servers["root"] == Running()
    assert host.stata == Console("/nowhere/stata-mp", found=False)
    assert host.python == Interpreter("/usr/bin/python3", "3.11")


def test_a_host_on_which_all_is_as_it_was_made() -> None:
    release = seen().installed

    assert release
    assert release.damaged == ()
    assert release.well
    assert sorted(name[:12] for name in release.intact) == [KERNEL, SERVER]
    assert release.description.servers["root"]["port"] == 8888


def test_what_was_changed_by_hand_is_named() -> None:
    release = seen("changed_by_hand").installed

    assert release
    assert release.damaged == ("secrets/root/secret", "servers/root/stata_kernel.conf")
    assert [name[:12] for name in release.intact] == [SERVER]


def test_a_release_without_its_manifest_is_damaged_and_not_well() -> None:
    release = seen("without_its_manifest").installed

    assert release
    assert release.damaged == ("manifest.json",)
    assert not release.well
    assert not release.intact


def test_a_running_server_with_its_sessions() -> None:
    sessions = {"kernels": 1, "others": 0}
    entry = {
        "pid": 7,
        "enabled": True,
        "stale": True,
        "digest": "d",
        "sign_in": "s",
        "certificate": "c",
        "listens": "127.0.0.1:8888",
        "socket": "u",
        "sessions": sessions,
    }

    assert seen(servers={"root": entry}).servers["root"] == Running(
        7, True, True, "d", "s", "c", "127.0.0.1:8888", "u", Sessions(1, 0)
    )


def test_somebody_elses_program_on_a_port() -> None:
    entry = {"port": 8888, "pid": 7, "program": "nginx", "account": "www", "wanted": "127.0.0.1:8888"}

    assert seen(port_holders=[entry]).port_holders == (PortHolder(8888, 7, "nginx", "www", "127.0.0.1:8888"),)


@pytest.mark.parametrize(
    "other",
    [
        {"servers": 5},
        {"servers": {"root": {"pid": "7"}}},
        {"accounts": {"root": []}},
        {"installed": {"id": "x"}},
        {"stata": None},
        {"veiled_secrets": {"root": 5}},
        {"free_bytes": "much"},
        {"is_root": "yes"},
    ],
)
def test_an_answer_of_another_shape_fails_the_host_alone(other: dict[str, Any]) -> None:
    reason = Observation().process([json.dumps({**snapshot("as_it_was_made"), **other})])

    assert isinstance(reason, NotUsable)


@pytest.mark.parametrize(
    "line", ["[" * 100_000, '{"a":' * 100_000, "{" + " " * 20_000_000 + "}"], ids=["[", "{", "long"]
)
def test_an_answer_made_to_break_the_reader_fails_the_host_alone(line: str) -> None:
    assert isinstance(Observation().process([line]), NotUsable)


@pytest.mark.parametrize("after", ["", "logout", "{ bye", "{}"])
def test_what_a_login_shell_prints_is_passed_over(after: str) -> None:
    whole = json.dumps(snapshot("as_it_was_made"))

    assert parse(["Welcome!", "{not ours", whole, after]) == seen()


def test_a_host_that_cannot_be_worked_on_says_why() -> None:
    with pytest.raises(NotUsable, match=r"^Python 3\.10 or newer is needed$"):
        parse(["Welcome!", "unusable: Python 3.10 or newer is needed"])


@pytest.mark.parametrize("lines", [[], ["Welcome!"], [json.dumps({"accounts": {}})[:-1]], ["[]"], ["{}"]])
def test_an_answer_that_is_no_snapshot_fails_the_host_alone(lines: list[str]) -> None:
    reason = Observation().process(lines)

    assert isinstance(reason, NotUsable)
    assert str(reason).startswith("the host sent nothing that we understand")


def test_the_recorded_snapshots_have_what_the_program_sends_today(tmp_path: Path) -> None:
    today = json.loads(sent("observe", question(tmp_path)).stdout)

    assert {path.stem: set(snapshot(path.stem)) for path in SNAPSHOTS.iterdir()} == {
        path.stem: set(today) for path in SNAPSHOTS.iterdir()
    }
