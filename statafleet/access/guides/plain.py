"""For people with a terminal: Linux, macOS, and Windows with its own OpenSSH."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.access.ssh_config import NOTHING
from statafleet.access.templates import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statafleet.access.route import Route
    from statafleet.access.ssh_config import Known


def text(routes: Sequence[Route], known: Mapping[str, Known]) -> str:
    return filled("guide.txt", routes=routes, known=known, nothing=NOTHING)
