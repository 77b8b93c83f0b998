"""Several servers at once, from the command to Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from statafleet.access.connect import answer, browser
from statafleet.access.connect.local_port import Door
from statafleet.access.connect.tunnel import KNOCK, Terminal, Tunnel, Witness
from statafleet.access.route import LOOPBACK, authority
from statafleet.errors import StataFleetError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statafleet.access.route import Route

ENDING = ("SIGTERM", "SIGHUP")


class Teller(Witness, Protocol):
    def note(self, text: str) -> None: ...


def connect(routes: Sequence[Route], others: Collection[int], teller: Teller, *, open_browser: bool) -> int:
    """Stays until Ctrl-C. 0, or 1 if a server was given up; `others` are the ports of servers not asked for."""
    if not shutil.which("ssh") and not all(route.direct or route.local_socket for route in routes):
        raise StataFleetError("this computer has no `ssh`: install OpenSSH's client")
    with TemporaryDirectory(prefix="stata-fleet-") as folder:
        visit = _Visit(routes, others, Opening(teller, wanted=open_browser), Path(folder))
        try:
            asyncio.run(visit.stay())
        except* (KeyboardInterrupt, asyncio.CancelledError, BrokenPipeError):
            pass  # Ctrl-C, a signal, or nobody reads any longer: the lines have been ended
    return 1 if visit.given_up else 0


class Opening:
    """Tells on, and opens the browser when a server is up for the first time."""

    def __init__(self, teller: Teller, *, wanted: bool) -> None:
        self._teller, self._wanted = teller, wanted and browser.there_is_one()
        self._shown: set[str] = set()
        self.asking, self.connecting, self.down = teller.asking, teller.connecting, teller.down
        self.error, self.note = teller.error, teller.note

    def up(self, route: Route) -> None:
        self._teller.up(route)
        if self._wanted and route.name not in self._shown:
            self._shown.add(route.name)
            asyncio.get_running_loop().run_in_executor(None, browser.show, route.url)


class _Visit:
    def __init__(self, routes: Sequence[Route], others: Collection[int], teller: Teller, folder: Path) -> None:
        self._routes, self._teller, self._folder = routes, teller, folder
        self._taken = set(others) | {route.port for route in routes}
        self._terminal = Terminal(shared=len(routes) > 1, present=_is_there_a_terminal())
        self.given_up = False

    async def stay(self) -> None:
        self._end_cleanly()
        async with asyncio.TaskGroup() as tasks:
            for number, route in enumerate(self._routes):
                tasks.create_task(self._visit(route, number))

    async def _visit(self, route: Route, number: int) -> None:
        if route.direct:
            return await self._wait_for(route)
        door = await Door().take(route.port, self._taken - {route.port})
        self._taken.add(door.port)
        try:
            if door.port != route.port:
                self._teller.note(f"{route.name}: port {route.port} is taken on this computer; {door.port} instead")
            await self._lead(route, door, _here(self._folder, number))
        finally:
            await door.close()
        return None

    async def _lead(self, route: Route, door: Door, here: str) -> None:
        if route.local_socket:
            door.lead_to(route.end)
            self._teller.up(replace(route, port=door.port))
            await asyncio.Event().wait()
        found = await Tunnel(route, door, here, self._terminal, self._teller).stay()
        self.given_up = self.given_up or found.lasting

    async def _wait_for(self, route: Route) -> None:
        self._teller.connecting(route)
        while not await answer.knock(authority(route.url), route):
            self._teller.connecting(route, "no Jupyter answers there yet")
            await asyncio.sleep(KNOCK)
        self._teller.up(route)

    def _end_cleanly(self) -> None:
        """A closed terminal or a `kill` ends every ssh, as Ctrl-C does."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        for name in ENDING:
            if task and hasattr(signal, name):
                with suppress(NotImplementedError):
                    loop.add_signal_handler(getattr(signal, name), partial(task.cancel))


def _here(folder: Path, number: int) -> str:
    """Where ssh ends on this computer: a socket that is ours alone, or a free port where ssh has no sockets."""
    if os.name == "posix":
        return str(folder / str(number))
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return f"{LOOPBACK}:{free.getsockname()[1]}"


def _is_there_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
