"""A password for one sign-in within seconds, by which the probe tries the form without knowing the real one."""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass

SECONDS = 30.0


@dataclass
class ThrowAway:
    password: str = ""
    deadline: float = 0.0

    def make(self) -> str:
        """The one before it is good for nothing any more."""
        self.password, self.deadline = secrets.token_urlsafe(32), time.monotonic() + SECONDS
        return self.password

    def take(self, typed: str) -> bool:
        """Once, and in time."""
        good = bool(self.password) and hmac.compare_digest(typed.encode(), self.password.encode())
        if not good or time.monotonic() > self.deadline:
            return False
        self.password = ""
        return True
