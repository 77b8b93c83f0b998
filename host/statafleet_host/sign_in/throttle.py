"""How long a sign-in must wait after failures: for everybody together, and over a restart.

It counts for all callers at once: behind loopback, a tunnel or a unix socket they all look alike.
"""

from __future__ import annotations

import json
import math
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import logging
    from pathlib import Path

FREE_FAILURES = 5
FIRST_WAIT = 2.0
LONGEST_WAIT = 15 * 60.0


def wait_after(failures: int) -> float:
    """Nothing before the fifth failure, then 2 s, doubling to 15 minutes."""
    if failures < FREE_FAILURES:
        return 0.0
    return min(FIRST_WAIT * 2.0 ** min(failures - FREE_FAILURES, 32), LONGEST_WAIT)


@dataclass
class Throttle:
    """Only the file holds wall-clock time; a running server counts by a clock that nobody sets."""

    path: Path | None
    log: logging.Logger | logging.LoggerAdapter[Any]
    failures: int = field(default=0, init=False)
    deadline: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        try:
            self.failures, until = self._read()
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            self.log.warning("sign-in throttle: starting anew, %s: %r", self.path, error)
            return
        # A clock that was set back would otherwise lock the owner out until it has caught up.
        left = min(until - time.time(), wait_after(self.failures))
        self.deadline = time.monotonic() + left
        self._write()

    def seconds_left(self) -> int:
        return max(0, math.ceil(self.deadline - time.monotonic()))

    def failed(self) -> None:
        self.failures += 1
        self.deadline = time.monotonic() + wait_after(self.failures)
        self._write()

    def forgive(self) -> None:
        if self.failures:
            self.failures, self.deadline = 0, 0.0
            self._write()

    def _read(self) -> tuple[int, float]:
        if self.path is None:
            return 0, 0.0
        state = json.loads(self.path.read_text())
        failures, until = state["failures"], float(state["until"])
        if type(failures) is not int or failures < 0 or not math.isfinite(until):
            raise ValueError("not a count and a time")
        return failures, until

    def _write(self) -> None:
        """A state that cannot be written costs its memory over a restart, never the sign-in."""
        if self.path is None:
            return
        until = time.time() + self.deadline - time.monotonic()
        try:
            _replace(self.path, json.dumps({"failures": self.failures, "until": until}))
        except OSError as error:
            self.log.warning("sign-in throttle: cannot write %s: %s", self.path, error.strerror)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.replace(path)
