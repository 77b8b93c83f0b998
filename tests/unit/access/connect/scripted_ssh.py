"""An `ssh` first on PATH that does what a test wrote, and the session that uses it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from statafleet.access.connect.events import Event, State
from statafleet.access.connect.session import Session
from statafleet.access.route import Route
from tests.unit.access.connect import plays_ssh
from tests.unit.access.connect.plays_ssh import Act

DEADLINE = 30


class ScriptedSsh:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        program = self.bin / "ssh"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -S {plays_ssh.__file__} {folder} "$@"\n')
        program.chmod(0o755)

    def plays(self, name: str, *acts: Act) -> None:
        (self.folder / name).write_text(json.dumps(acts))

    def started(self, name: str) -> list[list[str]]:
        """The words of each ssh to this server, in order."""
        return [each["words"] for each in self._log() if each["name"] == name]

    def cut(self, name: str) -> None:
        newest = [each["pid"] for each in self._log() if each["name"] == name][-1]
        os.kill(newest, signal.SIGUSR1)

    def living(self) -> list[int]:
        return [each["pid"] for each in self._log() if self._is_ours(each["pid"])]

    def _is_ours(self, pid: int) -> bool:
        command = Path(f"/proc/{pid}/cmdline")
        return command.exists() and str(self.folder).encode() in command.read_bytes()

    def _log(self) -> list[dict[str, Any]]:
        log = self.folder / "started"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


class Recorder:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events, self.notes = list[Event](), list[str]()
        self._changed = asyncio.Event()

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self._changed.set()

    def note(self, text: str) -> None:
        self.notes.append(text)

    def asking(self) -> None:
        pass

    def of(self, state: State) -> list[Event]:
        return [event for event in self.events if event.state == state]

    async def sees(self, state: State, times: int = 1) -> Event:
        """The event, once there have been so many of this state."""
        async with asyncio.timeout(DEADLINE):
            while len(self.of(state)) < times:
                self._changed.clear()
                await self._changed.wait()
        return self.of(state)[times - 1]


@asynccontextmanager
async def running(routes: Sequence[Route], listener: Any, folder: Path) -> AsyncIterator[Session]:
    session = Session(routes, (), listener, folder)
    task = asyncio.create_task(session.stay())
    try:
        yield session
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def stayed(routes: Sequence[Route], listener: Any, folder: Path) -> Session:
    """A session that ends by itself, after its end."""
    session = Session(routes, (), listener, folder)
    async with asyncio.timeout(DEADLINE):
        await session.stay()
    return session


async def page(url: str) -> bytes:
    """Its first line, as a browser that finds every name below `localhost` asks for it."""
    authority = url.split("/")[2]
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(authority.rpartition(":")[2]))
        writer.write(f"GET / HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode())
        line = await reader.readline()
        writer.close()
    return line
