"""Why a Stata does not work, asked of the stand-in in its various troubles."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from statafleet_host.probe import stata
from statafleet_host.probe.stata import diagnose

Console = Callable[..., str]


@pytest.fixture
def console(stand_in: Path) -> Iterator[Console]:
    """Make a console for everybody to run: the stand-in, with knobs turned."""
    folder = Path(tempfile.mkdtemp(prefix="stata-fleet-"))
    folder.chmod(0o755)
    shutil.copy(stand_in, folder / "real")

    def made(**knobs: str) -> str:
        path = folder / "stata-mp"
        settings = " ".join(f"{name}={value}" for name, value in knobs.items())
        path.write_text(f'#!/bin/sh\n{settings} exec {folder}/real "$@"\n')
        path.chmod(0o755)
        return str(path)

    yield made
    shutil.rmtree(folder)


def test_a_console_that_shows_its_prompt_has_no_trouble(console: Console) -> None:
    assert diagnose(console()) is None


def test_a_program_that_may_not_be_run_is_told(console: Console) -> None:
    path = console()
    Path(path).chmod(0o600)

    assert diagnose(path) == f"{pwd.getpwuid(os.geteuid()).pw_name} may not run {path}"


@pytest.mark.parametrize(
    ("licence", "words"),
    [
        ("missing", "Cannot find license file"),
        ("expired", "License expired"),
        ("users", "too many users"),
        ("flavor", "License not applicable to this Stata"),
    ],
)
def test_a_refusal_is_told_in_statas_own_words(console: Console, licence: str, words: str) -> None:
    path = console(FAKE_STATA_LICENSE=licence)

    assert diagnose(path) == f"Stata's licence: {words}"


def test_a_prompt_that_never_comes_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stata, "PROMPT_SECONDS", 2)
    path = console(FAKE_STATA_DELAY="60")

    assert diagnose(path) == f"{path} gives no prompt"


def test_missing_libraries_are_named(console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ldd = tmp_path / "ldd"
    missing = "\\tlibtinfo.so.5 => not found\\n\\tlibncurses.so.5 => not found\\n"
    ldd.write_text(f"#!/bin/sh\nprintf '\\tlibc.so.6 => /lib/libc.so.6\\n{missing}'\n")
    ldd.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    assert diagnose(console()) == "missing libraries: libtinfo.so.5, libncurses.so.5"


def test_a_path_with_nothing_there_is_told() -> None:
    assert diagnose("/opt/nowhere/stata-mp") == "no such file: /opt/nowhere/stata-mp"


def test_the_seat_of_a_network_licence_is_given_back(console: Console, tmp_path: Path) -> None:
    path = console(FAKE_STATA_SEATDIR=str(tmp_path), FAKE_STATA_SEATS="1")

    assert [diagnose(path) for _ in range(2)] == [None, None]


def test_a_console_that_prints_for_ever_is_left_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stata, "PROMPT_SECONDS", 2)
    loud = tmp_path / "stata-mp"
    loud.write_text("#!/bin/sh\nexec yes 'profile.do says so'\n")
    loud.chmod(0o755)

    assert str(diagnose(str(loud))).startswith(f"{loud} gives no prompt; its last line: ")
