"""One server's line, kept up: sign in, wait for Jupyter, stay, and again when the line drops."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from statafleet.access import answer, ssh, trouble
from statafleet.access.line import Line
from statafleet.access.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet.access.door import Door
    from statafleet.access.route import Route
    from statafleet.access.terminal import Terminal

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
# Between two looks for what ssh makes here once it is signed in, and between two knocks at a silent Jupyter.
LOOK, KNOCK = 0.02, 0.25


class Witness(Protocol):
    """Who is told; `why` is for people."""

    def connecting(self, route: Route) -> None: ...
    def up(self, route: Route) -> None: ...
    def down(self, route: Route, why: str) -> None: ...
    def error(self, route: Route, why: str) -> None: ...


class Tunnel:
    def __init__(self, route: Route, door: Door, here: str, terminal: Terminal, witness: Witness) -> None:
        self.route = replace(route, port=door.port)
        self._door, self._here, self._terminal, self._witness = door, here, terminal, witness
        self._was_up = False

    async def stay(self) -> None:
        """Ends only for what trying again does not mend."""
        self._witness.connecting(self.route)
        waits = pauses()
        while True:
            before = self._was_up, self._door.end
            found = await self._once(waits)
            if found.lasting:
                return self._witness.error(self.route, found.what)
            self._witness.down(self.route, found.what)
            del before
            await asyncio.sleep(next(waits))
