"""What a connection may cost before anybody has signed in on it.

tornado 6.6.1: an HTTPServer takes a body of 512 MiB (Jupyter's number) before any handler is asked, and
waits an hour for headers. `start_request` is called for a connection before its first byte is read,
`headers_received` before its body is; `HTTPServer.configure` puts a subclass in its place.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from jupyter_server.base.handlers import JupyterHandler
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest

from statafleet_host.sign_in.form import SignIn

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tornado.http1connection import HTTP1Connection, HTTP1ServerConnection
    from tornado.httputil import HTTPHeaders, RequestStartLine
    from tornado.iostream import IOStream

STRANGERS_BODY = 64 * 1024
STRANGERS_SECONDS = 10
# Twice of what tornado accepts at one go, so that a crowd that comes at once does not push out somebody unheard.
MOST_STRANGERS = 256
SIGNED_IN_SECONDS = 3600


class Doorkeeper(HTTPServer):
    """Jupyter's HTTP server, which gives little of itself to strangers."""

    def initialize(self, request_callback: Any, **options: Any) -> None:  # type: ignore[override]
        super().initialize(request_callback, idle_connection_timeout=STRANGERS_SECONDS, **options)
        self.signed_in_params = copy.copy(self.conn_params)
        self.signed_in_params.header_timeout = SIGNED_IN_SECONDS
        # The oldest first.
        self.strangers: dict[HTTP1ServerConnection, IOStream] = {}
        # tornado keeps no list of websockets.
        self.streams: WeakSet[IOStream] = WeakSet()

    def start_request(  # type: ignore[override]
        self, server_conn: HTTP1ServerConnection, request_conn: HTTP1Connection
    ) -> HTTPMessageDelegate:
        self.streams.add(request_conn.stream)
        if server_conn.params is self.conn_params:
            self.strangers[server_conn] = request_conn.stream
            self._make_room()
        return _Arrival(self, server_conn, request_conn, super().start_request(server_conn, request_conn))

    def on_close(self, server_conn: object) -> None:
        self.strangers.pop(server_conn, None)  # type: ignore[call-overload]
        super().on_close(server_conn)

    def signed_in(self, server_conn: HTTP1ServerConnection) -> None:
        self.strangers.pop(server_conn, None)
        server_conn.params = self.signed_in_params

    def hang_up(self) -> int:
        """Close every connection, websockets included; how many there were."""
        open_ones = [stream for stream in self.streams if not stream.closed()]
        for stream in open_ones:
            stream.close()
        return len(open_ones)

    def knows(self, request: HTTPServerRequest) -> bool:
        """What is served for another application than Jupyter's, by another extension, is not ours to judge."""
        application: Any = self.request_callback
        provider = getattr(application, "settings", {}).get("identity_provider")
        return not isinstance(provider, SignIn) or provider.knows(JupyterHandler(application, request))

    def _make_room(self) -> None:
        """Whoever is signed in has a connection that counts no more, and a newcomer needs but a moment."""
        while len(self.strangers) > MOST_STRANGERS:
            oldest = next(iter(self.strangers))
            self.strangers.pop(oldest).close()


class _Arrival(HTTPMessageDelegate):
    """One request, judged by its headers; everything else is the application's."""

    def __init__(
        self,
        server: Doorkeeper,
        server_conn: HTTP1ServerConnection,
        request_conn: HTTP1Connection,
        application: HTTPMessageDelegate,
    ) -> None:
        self.server, self.server_conn, self.request_conn = server, server_conn, request_conn
        self.application = application

    def headers_received(  # type: ignore[override]
        self, start_line: RequestStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        request = HTTPServerRequest(connection=self.request_conn, start_line=start_line, headers=headers)
        if self.server.knows(request):
            self.server.signed_in(self.server_conn)
        else:
            self.request_conn.set_max_body_size(STRANGERS_BODY)
            self.request_conn.set_body_timeout(STRANGERS_SECONDS)
        return self.application.headers_received(start_line, headers)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self.application.data_received(chunk)

    def finish(self) -> None:
        self.application.finish()

    def on_connection_close(self) -> None:
        self.application.on_connection_close()
