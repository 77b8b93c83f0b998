"""Secrets on their way back from a host: read with a key of this run alone, so that no log can show them."""

import hashlib
import secrets as chance

from statafleet.secrets.secret import SignIn, from_kept


def new_key() -> str:
    return chance.token_hex(32)


def lifted(veiled: str, key: str, owner: str) -> SignIn | None:
    """The counterpart of `statafleet_sent.programs.observe.veiled`; what is not of its making counts as nothing."""
    try:
        content = bytes.fromhex(veiled)
        pad = hashlib.shake_256(f"{key}{owner}".encode()).digest(len(content))
        return from_kept(bytes(a ^ b for a, b in zip(content, pad, strict=True)).decode())
    except ValueError:
        return None
