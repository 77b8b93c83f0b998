"""One server's line, kept up: sign in, wait for Jupyter, stay, and again when the line drops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from statafleet.access import ssh, trouble
from statafleet.access.connect import answer
from statafleet.access.connect.ssh_process import Line
from statafleet.access.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet.access.connect.local_port import Door
    from statafleet.access.route import Route

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
# Between two looks for what ssh makes here once it is signed in, and between two knocks at a silent Jupyter.
LOOK, KNOCK = 0.02, 0.1


class Witness(Protocol):
    """Who is told; `why` is for people."""

    def asking(self) -> None: ...
    def connecting(self, route: Route, why: str = "") -> None: ...
    def up(self, route: Route) -> None: ...
    def down(self, route: Route, why: str) -> None: ...
    def error(self, route: Route, why: str) -> None: ...


@dataclass
class Terminal:
    """Where ssh asks. Several lines try without asking first, and then take turns at it."""

    shared: bool
    present: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Tunnel:
    def __init__(self, route: Route, door: Door, here: str, terminal: Terminal, witness: Witness) -> None:
        self.route = replace(route, port=door.port)
        self._door, self._here, self._terminal, self._witness = door, here, terminal, witness
        self._was_up = False
        self._pauses = pauses()

    async def stay(self) -> Trouble:
        """Ends only with what trying again would not mend."""
        self._witness.connecting(self.route)
        while True:
            line = await self._sign_in()
            found = line if isinstance(line, Trouble) else await self._hold(line)
            if found.lasting:
                self._witness.error(self.route, found.what)
                return found
            self._witness.down(self.route, found.what)
            await asyncio.sleep(next(self._pauses))

    async def _sign_in(self) -> Line | Trouble:
        if not self._terminal.shared:
            return await self._start(ask=True)
        line = await self._start(ask=False)
        if isinstance(line, Line) or not (line.needs_person and self._terminal.present):
            return line
        async with self._terminal.turn:
            return await self._start(ask=True)

    async def _start(self, *, ask: bool) -> Line | Trouble:
        if self._here.startswith("/"):
            Path(self._here).unlink(missing_ok=True)  # noqa: ASYNC240 - in our own folder, at once
        if ask:
            self._witness.asking()
        line = await Line.start(ssh.carrying(self.route, self._here, ask=ask), shown=ask)
        try:
            while line.runs:
                if await answer.is_there(self._here):
                    line.shown = False
                    return line
                await asyncio.sleep(LOOK)
        except BaseException:
            await line.end()
            raise
        return self._trouble(await line.ended())

    async def _hold(self, line: Line) -> Trouble:
        try:
            if found := await self._unanswered(line):
                return found
            self._was_up, self._pauses = True, pauses()
            self._door.lead_to(self._here)
            self._witness.up(self.route)
            return self._trouble(await line.ended())
        finally:
            self._door.lead_nowhere()
            await line.end()

    async def _unanswered(self, line: Line) -> Trouble | None:
        """What keeps Jupyter from answering, if it never did before the line ended."""
        while line.runs:
            if await answer.knock(self._here, self.route):
                return None
            if found := trouble.open_failure(line.said, end=self.route.end):
                if found.lasting:
                    return found
                self._witness.connecting(self.route, found.what)
            await asyncio.sleep(KNOCK)
        return self._trouble(await line.ended())

    def _trouble(self, said: str) -> Trouble:
        return trouble.read(said, host=self.route.host, owner=self.route.owner, was_up=self._was_up)


def pauses() -> Iterator[float]:
    """Between two tries, in seconds: doubling, up to the longest."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
