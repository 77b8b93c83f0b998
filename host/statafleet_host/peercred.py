"""Who is at the other end of a unix socket, as the kernel says. Standard library only: this is also sent to hosts."""

from __future__ import annotations

import socket
import struct

_UCRED = struct.Struct("3i")


def uid_behind(sock: socket.socket) -> int:
    """The account at the other end: who connected, or for a client who listens."""
    return _credentials(sock)[1]


def pid_behind(sock: socket.socket) -> int:
    """The process, likewise."""
    return _credentials(sock)[0]


def _credentials(sock: socket.socket) -> tuple[int, int, int]:
    pid, uid, gid = _UCRED.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    return pid, uid, gid
