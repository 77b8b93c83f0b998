"""The certificates, or the private key, of a PEM file: nothing else that stands in it is sent to a host."""

from __future__ import annotations

import re

_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")

_KEY = re.compile(r"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY)-----\s[A-Za-z0-9+/=\s]+-----END \1-----")


def certificates(text: str) -> str:
    return "".join(f"{block}\n" for block in _CERTIFICATE.findall(text))


def private_key(text: str) -> str:
    """Empty where there is none that no passphrase locks."""
    found = _KEY.search(text)
    return f"{found[0]}\n" if found else ""
