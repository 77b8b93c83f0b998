"""Waiting, with a deadline and a message. The only place here that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(question: Callable[[], T | None], what: str, seconds: float = 30) -> T:
    """The first answer to `question` that is true, or TimeoutError saying what never came."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.03)
    return answer
