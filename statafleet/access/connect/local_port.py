"""The local port of one server: held from first to last, so that nobody else gets the browser's cookies.

While there is no line, whoever knocks waits a while: a tab that saves or reconnects then notices no error.
"""

from __future__ import annotations

import asyncio
import errno
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from statafleet.access import ports
from statafleet.access.route import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Collection
    from ssl import SSLContext

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
PIECE = 1 << 16
# Longer than most lines take to come back; then a tab may know, and says so.
PATIENCE = 60.0


class Door:
    """Leads to an end, a socket's path or `ADDRESS:PORT`, for as long as there is one."""

    def __init__(self) -> None:
        self.port = 0
        self._end = ""
        self._leads = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._guests: set[asyncio.Task[None]] = set()

    async def take(self, wanted: int, others: Collection[int]) -> Self:
        """The port that was wanted, or the next that nobody has and no other server is to have."""
        unusable = set(others)
        while self._server is None:
            self.port = ports.following(wanted, unusable)
            try:
                self._server = await asyncio.start_server(self._let_in, LOOPBACK, self.port)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                unusable.add(self.port)
        return self

    def lead_to(self, end: str) -> None:
        self._end = end
        self._leads.set()

    def lead_nowhere(self) -> None:
        self._leads.clear()

    async def close(self) -> None:
        if self._server:
            self._server.close()
        for guest in self._guests:
            guest.cancel()

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._guests.add(task)
            task.add_done_callback(self._guests.discard)
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._leads.wait(), PATIENCE)
            await _joined((reader, writer), await opened(self._end))
        writer.close()


async def opened(end: str, security: SSLContext | None = None) -> Streams:
    name = LOOPBACK if security else None
    if end.startswith("/"):
        return await asyncio.open_unix_connection(end, ssl=security, server_hostname=name)
    address, _, port = end.rpartition(":")
    return await asyncio.open_connection(address.strip("[]"), int(port), ssl=security, server_hostname=name)


async def _joined(one: Streams, other: Streams) -> None:
    """Until both have said all; an end that breaks ends the other as well."""
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_carry(one[0], other[1]))
            both.create_task(_carry(other[0], one[1]))
    except* OSError:
        pass
    finally:
        other[1].close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()
    writer.write_eof()
