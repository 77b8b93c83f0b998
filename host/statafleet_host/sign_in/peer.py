"""Who is at the other end of a request's connection, as the kernel says. Headers are not asked."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tornado.httputil import HTTPServerRequest

_UCRED = struct.Struct("3i")


@dataclass(frozen=True)
class Peer:
    """Somebody on this host: the account that called `connect`, and the path it connected to."""

    uid: int
    path: str


def uid_behind(sock: socket.socket) -> int:
    """The account at the other end: who connected, or for a client who listens."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    uid: int = _UCRED.unpack(credentials)[1]
    return uid


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
