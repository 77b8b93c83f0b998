"""Does a typed password match a hash. Pure; slow on purpose; knows nothing of HTTP.

jupyter_server 2.21.1: its `passwd_check` knows `argon2:` and `hashlib:salt:hex`, raises for a broken argon2
hash, and takes anything else for a password that is wrong.
"""

from __future__ import annotations

import hashlib

import bcrypt
from jupyter_server.auth.security import passwd_check

BCRYPT = ("$2a$", "$2b$", "$2y$")
BCRYPT_BYTES = 72
ARGON2 = "argon2:"
# As in /etc/shadow: no password is this hash's.
NOBODY = "!"


class BrokenHashError(ValueError):
    """The configured hash is none: nobody can sign in until it is corrected."""


def matches(hashed: str, typed: str) -> bool:
    if hashed == NOBODY:
        return False
    try:
        if hashed.startswith(BCRYPT):
            return _matches_bcrypt(hashed, typed)
        if not hashed.startswith(ARGON2):
            _must_be_a_digest(hashed)
        return bool(passwd_check(hashed, typed))  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, LookupError) as error:
        raise BrokenHashError(type(error).__name__) from None


def _must_be_a_digest(hashed: str) -> None:
    algorithm, _salt, digest = hashed.split(":", 2)
    hashlib.new(algorithm, usedforsecurity=False)
    bytes.fromhex(digest)


def _matches_bcrypt(hashed: str, typed: str) -> bool:
    """False for what bcrypt cannot tell apart: it reads 72 bytes, and some stop at a NUL."""
    password = typed.encode()
    if len(password) > BCRYPT_BYTES or b"\0" in password:
        return False
    return bcrypt.checkpw(password, hashed.encode("ascii"))
