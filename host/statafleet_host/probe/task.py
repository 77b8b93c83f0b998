"""What a probe is asked and what it finds. Standard library alone: also sent, and read by the controller."""

from __future__ import annotations

from dataclasses import dataclass

# What the other checks may take together.
OTHERS_SECONDS = 120


@dataclass(frozen=True)
class Task:
    """What to probe; README.md says what each key means."""

    probe_socket: str
    pid: int
    owner_uid: int
    listen: tuple[str, ...]
    url: str | None = None
    socket: str | None = None
    base_url: str = "/"
    kernel: str | None = None
    stata_path: str | None = None
    code: str = "display 1+1"
    expect: str = "2"
    kernel_timeout: float = 60
    ready_timeout: float = 60

    @property
    def seconds(self) -> float:
        """The whole probe's time; a minute later its kernel is gone too, and whoever runs it should kill it."""
        return self.ready_timeout + self.kernel_timeout + OTHERS_SECONDS


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    saw: str
    fix: str = ""


@dataclass(frozen=True)
class Report:
    ok: bool
    checks: tuple[Check, ...]
