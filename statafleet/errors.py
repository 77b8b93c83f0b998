"""Every error that a user is meant to read, one class per remedy.

StataFleetError          something that a user can act on; exit code 1
├── SettingsError        the YAML, the group data or `--data` must be corrected; exit code 1
└── PasswordError        a password cannot be read on the controller; exit code 1

Anything else that reaches the top of a command is a fault of ours: exit code 3, and its traceback in a file. Ctrl-C
ends with 130. Nothing of ours is imported here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Problem(Protocol):
    """What `settings.problems.Problem` shows of itself; as text it is what a user reads."""

    @property
    def position(self) -> object: ...
    @property
    def key(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def fix(self) -> str: ...
    @property
    def given(self) -> str | None: ...
    @property
    def allowed(self) -> str | None: ...


FAULT = 3


class StataFleetError(Exception):
    exit_code: ClassVar[int] = 1


class SettingsError(StataFleetError):
    """Holds every problem of every file, in file order; as text it is the whole report."""

    def __init__(self, problems: Sequence[Problem], report: str) -> None:
        super().__init__(report)
        self.problems: tuple[Problem, ...] = tuple(problems)


class PasswordError(StataFleetError):
    """A password could not be read on the controller. Never holds any of its text."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what}; {fix}")
        self.what = what
        self.fix = fix
