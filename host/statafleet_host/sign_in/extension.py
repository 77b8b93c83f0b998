"""The Jupyter server extension: what the sign-in needs of the server around it.

jupyter_server 2.21.1 loads its extensions after its web application is made and before its HTTP server is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tornado.httpserver import HTTPServer

from statafleet_host.sign_in import by_root, descriptors, own_name, probe_socket
from statafleet_host.sign_in.doorkeeper import Doorkeeper
from statafleet_host.sign_in.form import SignIn

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _load_jupyter_server_extension(server: ServerApp) -> None:
    provider = server.identity_provider
    if not isinstance(provider, SignIn):
        raise TypeError("the limits and the probe socket need ServerApp.identity_provider_class = SignIn")
    HTTPServer.configure(Doorkeeper)
    server.web_app.add_handlers(".*$", by_root.HANDLERS)  # type: ignore[no-untyped-call]
    if provider.host_name:
        own_name.send_pages_on(server, provider.host_name)
    if sockets := descriptors.handed_over():
        descriptors.listen_on(server, sockets)
    if provider.probe_socket:
        server.io_loop.add_callback(probe_socket.serve, server, Path(provider.probe_socket))
