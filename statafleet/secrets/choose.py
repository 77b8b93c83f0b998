"""The secret that each server's sign-in is checked against."""

import secrets as chance

import bcrypt
from pydantic import SecretStr

from statafleet.settings.model.password import Password

TOKEN = "token:"  # noqa: S105 - the mark of a token, not one
# 2 to this power rounds: 0.26 s a guess on a server's core.
COST = 12


def secret(wanted: Password | None, clear: SecretStr | None, kept: str) -> str:
    """A hash, or `token:` and a token; `kept`, what the host has now, whenever it still serves."""
    if wanted is None:
        return kept if kept.startswith(TOKEN) else TOKEN + chance.token_urlsafe(32)
    if wanted.hash is not None:
        return wanted.hash.get_secret_value()
    if clear is None:
        raise ValueError("a password that comes from a source was not read")
    return kept if verifies(kept, clear) else hashed(clear)


def hashed(clear: SecretStr) -> str:
    return bcrypt.hashpw(clear.get_secret_value().encode(), bcrypt.gensalt(COST)).decode()


def verifies(kept: str, clear: SecretStr) -> bool:
    try:
        return bcrypt.checkpw(clear.get_secret_value().encode(), kept.encode())
    except ValueError:
        return False
