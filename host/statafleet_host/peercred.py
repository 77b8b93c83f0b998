"""Who is at the other end of a unix socket, as the kernel says. Standard library only: this is also sent to hosts."""

from __future__ import annotations

import socket
import struct

_UCRED = struct.Struct("3i")


def uid_behind(sock: socket.socket) -> int:
    """The account at the other end: who connected, or for a client who listens."""
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    uid: int = _UCRED.unpack(credentials)[1]
    return uid
