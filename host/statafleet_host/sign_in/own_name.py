"""One host name a server: cookies know no ports, so that at 127.0.0.1 each server would see every other one's.

Pages are sent on to the server's own name before any cookie is set. Programs that are no browser ask for no page, and
go on at whatever name they like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import allow_unauthenticated
from tornado.routing import Matcher, Rule
from tornado.web import RequestHandler

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp
    from tornado.httputil import HTTPServerRequest

EVERYBODYS = r"localhost|127(\.\d+){3}|\[::1\]"


class Page(Matcher):
    """A browser goes there; it does not merely load something for a page that it shows."""

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        # Every browser says what it accepts; the newer ones say which kind of request it is.
        mode = request.headers.get("Sec-Fetch-Mode")
        accepted = request.headers.get("Accept", "")
        goes_there = mode == "navigate" if mode else "text/html" in accepted
        return {} if goes_there and request.method in {"GET", "HEAD"} else None


class SendOn(RequestHandler):
    def initialize(self, name: str) -> None:
        self.name = name

    @allow_unauthenticated
    def get(self) -> None:
        """The port is the one that was asked: through ssh it is the laptop's."""
        _, colon, port = self.request.host.rpartition(":")
        at = f"{self.name}:{port}" if colon and port.isdigit() else self.name
        self.redirect(f"{self.request.protocol}://{at}{self.request.uri}")

    @allow_unauthenticated
    def head(self) -> None:
        self.get()


def send_pages_on(server: ServerApp, name: str) -> None:
    application = server.web_app
    application.settings["local_hostnames"] = [*application.settings["local_hostnames"], name]
    application.add_handlers(EVERYBODYS, [Rule(Page(), SendOn, {"name": name})])  # type: ignore[no-untyped-call]
