"""Every error that a user is meant to read, one class per remedy.

StataFleetError          something that a user can act on; exit code 1, with its text
├── SettingsError        the YAML, the group data or `--data` must be corrected
├── PasswordError        a password cannot be read on the controller
└── NoWheel              a wheel that hosts are sent cannot be had on the controller (sending.wheels)

Anything else that reaches the top of a command is a fault of ours: exit code 3, and its traceback in a file. Ctrl-C
ends with 130. Nothing of ours is imported here.
"""

from __future__ import annotations

from typing import ClassVar

FAULT = 3


class StataFleetError(Exception):
    exit_code: ClassVar[int] = 1


class SettingsError(StataFleetError):
    """As text it is the whole report: every problem of every file, in file order."""


class PasswordError(StataFleetError):
    """A password could not be read on the controller. Never holds any of its text."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(f"{what}; {fix}")
        self.what = what
        self.fix = fix
