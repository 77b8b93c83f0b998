"""The local port of one server: held from first to last, so that nobody else gets the browser's cookies.

For another server's name it is closed. Else a hostile host could lead the browser to its own port under that name, and
be sent the other server's cookies.

While there is nothing to forward to, a client waits a while: a tab that saves or reconnects then notices no error.
"""

from __future__ import annotations

import asyncio
import errno
import re
import socket
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
# Where pages are sent on from, and where programs ask that are no browser: no cookie is kept there.
EVERYBODYS = frozenset({"localhost", LOOPBACK, "[::1]"})
NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
_HOST = re.compile(rb"^host:[ \t]*(.*?)(?::\d+)?[ \t]*\r$", re.IGNORECASE | re.MULTILINE)
# What ends a connection without a word: either end, no patience, or a head that is none.
GONE = (OSError, TimeoutError, asyncio.CancelledError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)
REFUSED = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nThis port is another server's.\n"
)


class LocalPort:
    """Listens on a port of the laptop, and forwards to an endpoint, a socket's path or `ADDRESS:PORT`."""

    def __init__(self, name: str) -> None:
        self.number = 0
        self._names = EVERYBODYS | {name}
        self._endpoint = ""
        self._forwards = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._clients: set[asyncio.Task[None]] = set()

    async def listen(self, wanted: int, others: Collection[int]) -> Self:
        """On the port that was wanted, or the next that nobody has and no other server is to have."""
        unusable = set(others)
        while not self._servers:
            self.number = ports.following(wanted, unusable)
            try:
                listening = _listening(self.number)
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise
                unusable.add(self.number)
            else:
                self._servers = [await asyncio.start_server(self._accept, sock=each) for each in listening]
        return self

    def forward_to(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._forwards.set()

    def hold(self) -> None:
        """New clients wait for the next endpoint."""
        self._forwards.clear()

    def close(self) -> None:
        for server in self._servers:
            server.close()
        for client in self._clients:
            client.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._clients.add(task)
            task.add_done_callback(self._clients.discard)
        with suppress(*GONE):
            await self._serve(reader, writer)
        writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A browser asks for one name on each connection, so its first request tells."""
        head = await reader.readuntil(b"\r\n\r\n")
        if _host(head) not in self._names:
            writer.write(REFUSED)
            return
        await asyncio.wait_for(self._forwards.wait(), PATIENCE)
        there = await opened(self._endpoint)
        there[1].write(head)
        await _joined((reader, writer), there)


def _host(head: bytes) -> str:
    said = _HOST.search(head)
    return said[1].decode(errors="replace").lower() if said else ""


def _listening(port: int) -> list[socket.socket]:
    """On both of this computer's own addresses, or on neither: a browser may look for a name at [::1] first."""
    listening = socket.create_server((LOOPBACK, port))
    try:
        return [listening, socket.create_server(("::1", port), family=socket.AF_INET6)]
    except OSError as error:
        if error.errno in NO_IPV6:
            return [listening]
        listening.close()
        raise


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
