"""One self-contained page for the people of a lab."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from statafleet.access.guides import terminal, windows
from statafleet.access.guides.refusal import why_not
from statafleet.access.route import by_owner
from statafleet.access.ssh_config import NOTHING
from statafleet.access.templates import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statafleet.access.route import Route
    from statafleet.access.ssh_config import Known


def html(routes: Sequence[Route], known: Mapping[str, Known]) -> str:
    return filled(
        "page.html",
        people=by_owner(routes),
        known=known,
        nothing=NOTHING,
        console=terminal.command,
        fields=windows.fields,
        plink=windows.plink,
        why_not=why_not,
        file=_as_link,
    )


def _as_link(route: Route) -> str:
    """The `.cmd` inside of the page itself."""
    content = base64.b64encode(windows.cmd([route], {}).encode()).decode()
    return f"data:application/octet-stream;base64,{content}"
