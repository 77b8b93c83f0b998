"""Serves the same application on one more unix socket.

For the probe. It is a server of its own, not one more address of Jupyter's: no TLS on it, and no
proxy header is believed.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from jupyter_server.utils import unix_socket_in_use
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from jupyter_server.serverapp import ServerApp

WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def serve(server: ServerApp, path: Path) -> None:
    """Without its probe socket a server still serves its owner; the probe will miss it."""
    try:
        listener = listen(path)
    except (OSError, ValueError) as error:
        server.log.warning("no probe socket: %s", error)
        return
    HTTPServer(server.web_app, xheaders=False).add_socket(listener)
    server.log.info("the probe socket is %s", path)


def listen(path: Path) -> socket.socket:
    """A listening socket that only its owner and root can open, from its first moment on.

    tornado sets the mode between bind and listen, and until listen every connection is refused.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_mode & WRITABLE_BY_OTHERS:
        raise PermissionError(f"others may write to {path.parent}")
    if unix_socket_in_use(str(path)):
        raise FileExistsError(f"another server listens on {path}")
    return bind_unix_socket(str(path), mode=0o600)
