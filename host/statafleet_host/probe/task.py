"""What a probe is asked and what it finds. Standard library alone: also sent, and read by the controller."""

from __future__ import annotations

from dataclasses import dataclass, field


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
    password: str | None = field(default=None, repr=False)
    kernel: str | None = None
    stata_path: str | None = None
    code: str = "display 1+1"
    expect: str = "2"
    kernel_timeout: float = 60
    ready_timeout: float = 60


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
