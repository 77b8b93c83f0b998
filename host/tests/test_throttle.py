"""The throttle's own arithmetic and file, without a server."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING

import pytest
from statafleet_host.sign_in.throttle import Throttle, wait_after

if TYPE_CHECKING:
    from pathlib import Path

LOG = logging.getLogger("throttle")


def throttle(path: Path | None, failures: int = 0) -> Throttle:
    made = Throttle(path, LOG)
    for _ in range(failures):
        made.failed()
    return made


def test_the_wait_starts_with_the_fifth_failure_and_doubles_to_fifteen_minutes() -> None:
    waits = [wait_after(failures) for failures in (0, 4, 5, 6, 7, 13, 14, 10**9)]

    assert waits == [0, 0, 2, 4, 8, 512, 900, 900]


def test_failures_and_their_wait_are_kept_for_the_next_server(tmp_path: Path) -> None:
    throttle(tmp_path / "state", failures=9)

    again = throttle(tmp_path / "state")

    assert again.failures == 9
    assert 30 <= again.seconds_left() <= 32


def test_the_file_is_private_and_no_half_of_it_is_left(tmp_path: Path) -> None:
    throttle(tmp_path / "state", failures=1)

    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"failures": -1, "until": 0}', '{"failures": 9, "until": 1e999}',
     '{"failures": true, "until": 0}', '{"failures": 9}', "[" * 100_000],
)  # fmt: skip
def test_a_corrupt_file_is_logged_and_means_no_failures(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    (tmp_path / "state").write_text(text)

    made = throttle(tmp_path / "state")

    assert (made.failures, made.seconds_left()) == (0, 0)
    assert "starting anew" in caplog.text


def test_a_clock_that_was_set_back_locks_no_longer_than_the_failures_deserve(tmp_path: Path) -> None:
    far = {"failures": 30, "until": time.time() + 10**8}
    (tmp_path / "state").write_text(json.dumps(far))

    assert 899 <= throttle(tmp_path / "state").seconds_left() <= 900
    assert json.loads((tmp_path / "state").read_text())["until"] < time.time() + 901


def test_a_file_that_cannot_be_written_costs_no_sign_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")

    made = throttle(tmp_path / "file" / "state", failures=6)

    assert made.seconds_left() == 4
    assert "cannot write" in caplog.text


def test_without_a_file_it_counts_all_the_same() -> None:
    assert throttle(None, failures=6).seconds_left() == 4
