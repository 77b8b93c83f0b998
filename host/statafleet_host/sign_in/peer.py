"""Who is at the other end of a request's connection, as the kernel says. Headers are not asked."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statafleet_host.peercred import uid_behind

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest


@dataclass(frozen=True)
class Peer:
    """Somebody on this host: the account that called `connect`, and the path it connected to."""

    uid: int
    path: str


def peer_of(request: HTTPServerRequest) -> Peer | None:
    """None for TCP, and for a connection that is gone."""
    stream = getattr(request.connection, "stream", None)
    sock = getattr(stream, "socket", None)
    if sock is None or sock.family != socket.AF_UNIX:
        return None
    try:
        return Peer(uid_behind(sock), str(sock.getsockname()))
    except OSError:
        return None
