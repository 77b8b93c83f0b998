"""The local port of one server: held from first to last, so that nobody else gets the browser's cookies.

While there is nothing to forward to, a client waits a while: a tab that saves or reconnects then notices no error.
"""

from __future__ import annotations

import asyncio
import errno
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from statafleet.access import ports
from statafleet.settings.model.listening import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Collection
    from ssl import SSLContext

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
PIECE = 1 << 16
# Longer than most connections take to come back; then a tab may know, and says so.
PATIENCE = 60.0


class LocalPort:
    """Listens on a port of the laptop, and forwards to an endpoint, a socket's path or `ADDRESS:PORT`."""

    def __init__(self) -> None:
        self.number = 0
        self._endpoint = ""
        self._forwards = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def listen(self, wanted: int, others: Collection[int]) -> Self:
        """On the port that was wanted, or the next that nobody has and no other server is to have."""
        unusable = set(others)
        while self._server is None:
            self.number = ports.following(wanted, unusable)
            try:
                self._server = await asyncio.start_server(self._accept, LOOPBACK, self.number)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                unusable.add(self.number)
        return self

    def forward_to(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._forwards.set()

    def hold(self) -> None:
        """New clients wait for the next endpoint."""
        self._forwards.clear()

    def close(self) -> None:
        if self._server:
            self._server.close()
        for client in self._clients:
            client.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)
        with suppress(OSError, TimeoutError, asyncio.CancelledError):
            await asyncio.wait_for(self._forwards.wait(), PATIENCE)
            await _joined((reader, writer), await opened(self._endpoint))
        writer.close()


async def opened(endpoint: str, security: SSLContext | None = None) -> Streams:
    name = LOOPBACK if security else None
    if endpoint.startswith("/"):
        return await asyncio.open_unix_connection(endpoint, ssl=security, server_hostname=name)
    address, _, port = endpoint.rpartition(":")
    return await asyncio.open_connection(address.strip("[]"), int(port), ssl=security, server_hostname=name)


async def _joined(one: Streams, other: Streams) -> None:
    """Until both have said all; a side that breaks ends the other as well."""
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
