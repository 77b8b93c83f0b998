"""The host name under which a browser asks for one server, and for no other.

A browser sends a cookie to every port of a host name, and resolves all names below `localhost` to its own machine. The
name is a single label before `.localhost`: that makes each server a site of its own, so that none can set a cookie for
another one either.
"""

from __future__ import annotations

import hashlib
import re

from statafleet.settings.model.names import LOCAL

LONGEST_LABEL = 63
_DIGITS = 8
_PLAIN_OWNER = re.compile(r"[a-z0-9]+")
_PLAIN_HOST = re.compile(r"[a-z0-9]+(?:(?:\.|-+)[a-z0-9]+)*")
_OTHER = re.compile(r"[^a-z0-9]+")


def own_name(owner: str, host: str) -> str:
    """`alice-econ1.localhost`; on this machine `alice.localhost`. No two servers have the same."""
    return f"{_label(owner, host)}.localhost"


def _label(owner: str, host: str) -> str:
    plain = owner if host == LOCAL else f"{owner}-{host.replace('-', '--').replace('.', '-')}"
    if _PLAIN_OWNER.fullmatch(owner) and (host == LOCAL or _PLAIN_HOST.fullmatch(host)) and len(plain) <= LONGEST_LABEL:
        return plain
    return _shortened(owner, host)


def _shortened(owner: str, host: str) -> str:
    """With a digest in place of what a label cannot say."""
    digest = hashlib.sha256(f"{owner}\0{host}".encode()).hexdigest()[:_DIGITS]
    readable = _OTHER.sub("-", f"{owner}-{host}".lower())[: LONGEST_LABEL - _DIGITS - 1]
    return f"{readable.strip('-')}-{digest}".lstrip("-")
