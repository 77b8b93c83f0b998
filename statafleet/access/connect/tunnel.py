"""One server's ssh, kept up: sign in, wait for Jupyter, stay, and again when the connection drops."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.access import ssh, trouble
from statafleet.access.connect.answer import jupyter_answers
from statafleet.access.connect.events import Event, State
from statafleet.access.connect.local_port import opened
from statafleet.access.connect.ssh_process import SshProcess
from statafleet.access.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet.access.connect.events import Listener
    from statafleet.access.connect.local_port import LocalPort
    from statafleet.access.route import Route

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
# Between two looks for the endpoint that ssh makes once it is signed in.
LOOK = 0.02
# Between two questions to a Jupyter that does not answer.
ASK = 0.1


@dataclass
class Terminal:
    """Where ssh asks. Where several share it, each tries without asking first, and then they take turns."""

    shared: bool
    present: bool
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class Tunnel:
    """ssh listens at `endpoint`, a private socket or `127.0.0.1:PORT`; the local port forwards to it while it is up."""

    def __init__(
        self, route: Route, local_port: LocalPort, endpoint: str, terminal: Terminal, listener: Listener
    ) -> None:
        self._route = replace(route, port=local_port.number)
        self._local_port, self._endpoint = local_port, endpoint
        self._terminal, self._listener = terminal, listener
        self._was_up = False
        self._pauses = pauses()

    async def keep_up(self) -> Trouble:
        """Ends only with what trying again would not mend."""
        self._tell(State.connecting)
        while True:
            started = await self._sign_in()
            found = started if isinstance(started, Trouble) else await self._use(started)
            if found.lasting:
                self._tell(State.error, found.what)
                return found
            self._tell(State.down, found.what)
            await asyncio.sleep(next(self._pauses))

    async def _sign_in(self) -> SshProcess | Trouble:
        if not self._terminal.shared:
            return await self._start(ask=True)
        started = await self._start(ask=False)
        if isinstance(started, SshProcess) or not (started.needs_person and self._terminal.present):
            return started
        async with self._terminal.turn:
            return await self._start(ask=True)

    async def _start(self, *, ask: bool) -> SshProcess | Trouble:
        if self._endpoint.startswith("/"):
            Path(self._endpoint).unlink(missing_ok=True)  # noqa: ASYNC240 - in our own folder, at once
        if ask:
            self._listener.asking()
        process = await SshProcess.start(ssh.carrying(self._route, self._endpoint, ask=ask), shown=ask)
        try:
            while process.runs:
                if await self._is_signed_in():
                    process.shown = False
                    return process
                await asyncio.sleep(LOOK)
        except BaseException:
            await process.stop()
            raise
        return self._trouble(await process.wait())

    async def _is_signed_in(self) -> bool:
        """Then ssh makes its endpoint."""
        if self._endpoint.startswith("/"):
            return Path(self._endpoint).exists()  # noqa: ASYNC240 - a look at a folder of our own
        try:
            _, writer = await opened(self._endpoint)
        except OSError:
            return False
        writer.close()
        return True

    async def _use(self, process: SshProcess) -> Trouble:
        """Forwards for as long as this ssh lives."""
        try:
            if found := await self._unanswered(process):
                return found
            self._was_up, self._pauses = True, pauses()
            self._local_port.forward_to(self._endpoint)
            self._tell(State.up)
            return self._trouble(await process.wait())
        finally:
            self._local_port.hold()
            await process.stop()

    async def _unanswered(self, process: SshProcess) -> Trouble | None:
        """What keeps Jupyter from answering, if it never did before ssh ended."""
        while process.runs:
            if await jupyter_answers(self._endpoint, self._route):
                return None
            if found := trouble.open_failure(process.said, host=self._route.host, target=self._route.target):
                if found.lasting:
                    return found
                self._tell(State.connecting, f"{found.what}; waiting for it")
            await asyncio.sleep(ASK)
        return self._trouble(await process.wait())

    def _trouble(self, said: str) -> Trouble:
        return trouble.read(said, host=self._route.host, owner=self._route.owner, was_up=self._was_up)

    def _tell(self, state: State, why: str = "") -> None:
        self._listener.tell(Event(self._route, state, why))


def pauses() -> Iterator[float]:
    """Between two tries, in seconds: doubling, up to the longest."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
