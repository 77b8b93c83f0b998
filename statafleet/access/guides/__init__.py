"""What a person on each client needs, as text. Pure: routes and what the laptop knows in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.access.guides import editors, page, plain, terminal, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statafleet.access.route import Route
    from statafleet.access.ssh_config import Known

GUIDES: Mapping[str, Callable[[Sequence[Route], Mapping[str, Known]], str]] = {
    "text": plain.text,
    "html": page.html,
    "windows": windows.cmd,
    "putty": windows.putty,
    "mobaxterm": windows.mobaxterm,
    "vscode": editors.vscode,
    "hydrogen": editors.hydrogen,
    "console": terminal.console,
}
