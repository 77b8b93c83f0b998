"""For editors that speak to a Jupyter server themselves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from statafleet.access.templates import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statafleet.access.route import Route
    from statafleet.access.ssh_config import Known


def vscode(routes: Sequence[Route], known: Mapping[str, Known]) -> str:  # noqa: ARG001 - a guide
    return filled("vscode.txt", routes=routes)


def hydrogen(routes: Sequence[Route], known: Mapping[str, Known]) -> str:  # noqa: ARG001 - a guide
    """For Hydrogen's setting `Kernel Gateways`; without a token in it, Hydrogen asks how to sign in."""
    gateways = [
        {"name": f"{route.owner} on {route.host}", "options": {"baseUrl": route.url.rstrip("/")}} for route in routes
    ]
    return json.dumps(gateways, indent=2, ensure_ascii=False) + "\n"
