"""Does a typed password match a hash. Pure; slow on purpose; knows nothing of HTTP.

jupyter_server 2.21.1: its `passwd_check` knows `argon2:` and `hashlib:salt:hex`, and raises for a
broken hash of either.
"""

from __future__ import annotations

import bcrypt
from jupyter_server.auth.security import passwd_check

BCRYPT = ("$2a$", "$2b$", "$2y$")
BCRYPT_BYTES = 72


class BrokenHashError(ValueError):
    """The configured hash is none: nobody can sign in until it is corrected."""


def matches(hashed: str, typed: str) -> bool:
    try:
        if hashed.startswith(BCRYPT):
            return _matches_bcrypt(hashed, typed)
        return bool(passwd_check(hashed, typed))  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, LookupError) as error:
        raise BrokenHashError(type(error).__name__) from None


def _matches_bcrypt(hashed: str, typed: str) -> bool:
    """False for what bcrypt cannot tell apart: it reads 72 bytes, and some stop at a NUL."""
    password = typed.encode()
    if len(password) > BCRYPT_BYTES or b"\0" in password:
        return False
    return bcrypt.checkpw(password, hashed.encode("ascii"))
