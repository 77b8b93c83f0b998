"""Secrets on their way back from a host: read with a key of this run alone, so that no log can show them."""

import hashlib
import secrets


def new_key() -> str:
    return secrets.token_hex(32)


def opened(sealed: str, key: str, owner: str) -> str:
    """The counterpart of `statafleet_sent.programs.observe.veiled`."""
    content = bytes.fromhex(sealed)
    pad = hashlib.shake_256(f"{key}{owner}".encode()).digest(len(content))
    return bytes(a ^ b for a, b in zip(content, pad, strict=True)).decode()
