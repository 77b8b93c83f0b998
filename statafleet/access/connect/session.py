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
from typing import TYPE_CHECKING

from statafleet.access import trouble
from statafleet.access.connect import browser
from statafleet.access.connect.answer import jupyter_answers
from statafleet.access.connect.events import Event, State
from statafleet.access.connect.local_port import LocalPort
from statafleet.access.connect.tunnel import ASK, Terminal, Tunnel
from statafleet.access.route import authority
from statafleet.errors import StataFleetError
from statafleet.settings.model.listening import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from statafleet.access.connect.events import Listener
    from statafleet.access.route import Route

# A closed terminal or a `kill` ends every ssh, as Ctrl-C does; Windows knows one of them.
ENDING = ("SIGTERM", "SIGHUP")


def connect(routes: Sequence[Route], others: Collection[int], listener: Listener, *, open_browser: bool) -> int:
    """Stays until Ctrl-C. 0, or 1 if a server was given up; `others` are the ports of servers not asked for."""
    if not shutil.which("ssh") and any(route.needs_ssh for route in routes):
        raise StataFleetError("this computer has no `ssh`: install OpenSSH's client")
    told = browser.OpensPages(listener) if open_browser and browser.is_there() else listener
    with TemporaryDirectory(prefix="stata-fleet-") as folder:
        session = Session(routes, others, told, Path(folder))
        try:
            asyncio.run(session.stay())
        except* (KeyboardInterrupt, asyncio.CancelledError, BrokenPipeError):
            pass  # Ctrl-C, a signal, or nobody reads any longer: every ssh has been ended
    return 1 if session.given_up else 0


class Session:
    def __init__(self, routes: Sequence[Route], others: Collection[int], listener: Listener, folder: Path) -> None:
        self._routes, self._listener, self._folder = routes, listener, folder
        self._taken = set(others) | {route.port for route in routes}
        self._terminal = Terminal(shared=len(routes) > 1, present=_is_there_a_terminal())
        self.given_up = False

    async def stay(self) -> None:
        _end_cleanly()
        async with asyncio.TaskGroup() as tasks:
            for number, route in enumerate(self._routes):
                tasks.create_task(self._reach(route, number))

    async def _reach(self, route: Route, number: int) -> None:
        if route.direct:
            await self._wait_for(route)
        else:
            await self._forward(route, number)

    async def _wait_for(self, route: Route) -> None:
        self._tell(route, State.connecting)
        while not await jupyter_answers(authority(route.url), route):
            self._tell(route, State.connecting, "no Jupyter answers there yet")
            await asyncio.sleep(ASK)
        self._tell(route, State.up)

    async def _forward(self, route: Route, number: int) -> None:
        local_port = await LocalPort(route.own_name).listen(route.port, self._taken - {route.port})
        self._taken.add(local_port.number)
        if local_port.number != route.port:
            taken = f"port {route.port} is taken on this computer; {local_port.number} instead"
            self._listener.note(f"{route.name}: {taken}")
        if not await asyncio.to_thread(browser.finds, route.own_name):
            self._listener.note(f"{route.name}: {trouble.not_found(route.own_name)}")
        try:
            if route.local_socket:
                await self._forward_to_socket(route, local_port)
            else:
                await self._keep_up(route, local_port, _ssh_endpoint(self._folder, number))
        finally:
            local_port.close()

    async def _forward_to_socket(self, route: Route, local_port: LocalPort) -> None:
        local_port.forward_to(route.target)
        self._tell(replace(route, port=local_port.number), State.up)
        await asyncio.Event().wait()

    async def _keep_up(self, route: Route, local_port: LocalPort, endpoint: str) -> None:
        found = await Tunnel(route, local_port, endpoint, self._terminal, self._listener).keep_up()
        self.given_up = self.given_up or found.lasting

    def _tell(self, route: Route, state: State, why: str = "") -> None:
        self._listener.tell(Event(route, state, why))


def _end_cleanly() -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    for name in ENDING:
        if task and hasattr(signal, name):
            with suppress(NotImplementedError):
                loop.add_signal_handler(getattr(signal, name), partial(task.cancel))


def _ssh_endpoint(folder: Path, number: int) -> str:
    """Where ssh listens on this computer: a socket that is ours alone, or a free port where ssh has no sockets."""
    if os.name == "posix":
        return str(folder / str(number))
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        return f"{LOOPBACK}:{free.getsockname()[1]}"


def _is_there_a_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
