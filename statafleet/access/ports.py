"""One local port for each server, the same on every laptop and every day.

Jupyter's cookies are named after the port: two servers that take turns behind one port log each other out.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

Server = tuple[str, str]
# Below what Linux, macOS and Windows give to outgoing connections, above what services are known by.
RANGE = range(20_000, 30_000)


def fixed(servers: Iterable[Server]) -> Mapping[Server, int]:
    """By (host, owner). Where two would have the same port, the one written first in the YAML keeps it."""
    ports: dict[Server, int] = {}
    taken: set[int] = set()
    for server in servers:
        ports[server] = following(_wanted(server), taken)
        taken.add(ports[server])
    return ports


def following(port: int, taken: Collection[int]) -> int:
    """The port itself or the next one that is not taken, from the range's end on to its beginning."""
    for step in range(len(RANGE)):
        candidate = RANGE[(port - RANGE.start + step) % len(RANGE)]
        if candidate not in taken:
            return candidate
    raise ValueError(f"all {len(RANGE)} ports are taken")


def _wanted(server: Server) -> int:
    digest = hashlib.sha256("\0".join(server).encode()).digest()
    return RANGE[int.from_bytes(digest[:8], "big") % len(RANGE)]
