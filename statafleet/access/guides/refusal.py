"""Clients that forward to a port and never to a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.errors import StataFleetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.route import Route


def why_not(route: Route, client: str) -> str | None:
    if route.direct:
        return f"{route.name} needs no tunnel: open {route.url}"
    if route.to_socket:
        what = f"{route.name} listens on a unix socket, and {client} forwards to TCP ports only"
        return f"{what}: use ssh, or ask for `bind: 127.0.0.1`"
    return None


def split(routes: Sequence[Route], client: str) -> tuple[Sequence[Route], Sequence[str]]:
    """Those that the client can forward to, and why not for each of the others; none at all is an error."""
    reasons = [reason for route in routes if (reason := why_not(route, client))]
    if len(reasons) == len(routes):
        raise StataFleetError("\n".join(reasons))
    return [route for route in routes if not why_not(route, client)], reasons
