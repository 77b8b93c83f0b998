"""What reading the settings may open and run beside their own YAML."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

TRUSTED_ONLY = "STATA_FLEET_TRUSTED_ONLY"


@dataclass(frozen=True)
class Reads:
    """`passwords` are read from their sources, `keys` are those of certificates on this machine.

    With `trusted_only` they may be anybody's, such as a merge request's: whatever runs what they name is refused.
    """

    passwords: bool = True
    keys: bool = True
    trusted_only: bool = False

    def as_asked(self) -> Reads:
        """With what the environment says besides."""
        return replace(self, trusted_only=self.trusted_only or bool(os.environ.get(TRUSTED_ONLY)))


ALL, NOTHING = Reads(), Reads(passwords=False, keys=False)
PLAN = Reads(passwords=False)
