"""How every command ends."""

from pathlib import Path
from typing import Never

import pytest

from statafleet.cli import demo, door
from statafleet.errors import StataFleetError
from statafleet.layout import Layout


def raising(error: BaseException) -> Never:
    raise error


def ended(error: BaseException) -> object:
    with pytest.raises(SystemExit) as caught:
        door.enter(lambda: raising(error))
    return caught.value.code


def test_what_a_person_can_mend_is_told_in_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended(StataFleetError("no such host")) == 1
    assert capsys.readouterr().err == "no such host\n"


def test_a_fault_of_ours_is_one_line_and_a_file_for_this_account_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    assert ended(KeyError("hunter2")) == 3

    log = tmp_path / "state" / "stata-fleet" / "fault.log"
    told = capsys.readouterr().err
    assert told == f"This is a fault of stata-fleet (KeyError). {log} tells what happened: please report it.\n"
    assert "KeyError: 'hunter2'" in log.read_text()
    assert (log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_fault_that_cannot_be_kept_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null")

    assert ended(KeyError("x")) == 3
    assert "cannot be written (Not a directory)" in (told := capsys.readouterr().err)
    assert "KeyError: 'x'" in told


def test_ctrl_c_ends_with_130() -> None:
    assert ended(KeyboardInterrupt()) == 130


def test_a_demo_whose_server_has_ended_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "LAYOUT", Layout(str(tmp_path), "user", "supervisor"))

    with pytest.raises(StataFleetError, match=f"no server tells its address in {tmp_path}/run"):
        demo.how_to_sign_in()
