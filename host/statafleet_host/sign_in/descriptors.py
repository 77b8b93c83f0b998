"""Sockets that systemd listens on from boot on, so that nobody else ever stands at the server's address.

jupyter_server 2.21.1: `_find_http_port` sees whether the port is free and `_bind_http_server` binds it. Both are
private, and both are left out where there is nothing to bind.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

FIRST = 3
NAME = "jupyter"


def handed_over() -> list[socket.socket]:
    """Those with `FileDescriptorName=jupyter`. No kernel inherits any of them, or the words about them."""
    words = {name: os.environ.pop(name, "") for name in ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")}
    if words["LISTEN_PID"] != str(os.getpid()):
        return []
    names = words["LISTEN_FDNAMES"].split(":")
    descriptors = range(FIRST, FIRST + int(words["LISTEN_FDS"]))
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return [
        socket.socket(fileno=descriptor) for descriptor, name in zip(descriptors, names, strict=True) if name == NAME
    ]


def listen_on(server: ServerApp, sockets: list[socket.socket]) -> None:
    """In place of binding. What pages and `jpserver-*.json` say of the address is the first socket's."""
    for each in sockets:
        each.setblocking(False)
    address = sockets[0].getsockname()
    if sockets[0].family == socket.AF_UNIX:
        server.sock, server.port = address, 0
    else:
        server.sock, (server.ip, server.port) = "", address[:2]
    setattr(server, "_find_http_port", lambda: None)  # noqa: B010
    setattr(server, "_bind_http_server", lambda: server.http_server.add_sockets(sockets))  # noqa: B010
