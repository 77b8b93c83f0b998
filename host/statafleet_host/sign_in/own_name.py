"""One host name a server: cookies know no ports, so that at 127.0.0.1 each server would see every other one's.

Pages are sent on to the server's own name before any cookie is set. Programs that are no browser ask for no page, and
go on at whatever name they like.

Who asks at the server's own port may be on its own machine, where the name leads to [::1] first (Chromium 156), and
there another account may listen. That page stays where it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from tornado.httputil import HTTPServerRequest

# The name leads to these alone, not to the other addresses of 127.0.0.0/8.
EVERYBODYS = r"localhost|127\.0\.0\.1|\[::1\]"


class PageFromElsewhere(Matcher):
    """A browser goes there through a forwarded port; it does not merely load something for a page that it shows."""

    def __init__(self, server: ServerApp) -> None:
        self.server = server

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        at_own_port = not self.server.sock and _port(request) == str(self.server.port)
        if request.method not in {"GET", "HEAD"} or at_own_port:
            return None
        # Every browser says what it accepts; the newer ones say which kind of request it is.
        mode = request.headers.get("Sec-Fetch-Mode")
        accepted = request.headers.get("Accept", "")
        return {} if (mode == "navigate" if mode else "text/html" in accepted) else None


class SendOn(RequestHandler):
    def initialize(self, name: str) -> None:
        self.name = name

    @allow_unauthenticated
    def get(self) -> None:
        """The port is the one that was asked: through ssh it is the laptop's."""
        port = _port(self.request)
        at = f"{self.name}:{port}" if port else self.name
        self.redirect(f"{self.request.protocol}://{at}{self.request.uri}")

    @allow_unauthenticated
    def head(self) -> None:
        self.get()


def _port(request: HTTPServerRequest) -> str:
    _, _, port = request.host.rpartition(":")
    return port if port.isdigit() else ""


def send_pages_on(server: ServerApp, name: str) -> None:
    application = server.web_app
    application.settings["local_hostnames"] = [*application.settings["local_hostnames"], name]
    application.add_handlers(EVERYBODYS, [Rule(PageFromElsewhere(server), SendOn, {"name": name})])  # type: ignore[no-untyped-call]
