"""A network that opens TLS on its way out, as some employers' do.

Whatever name a host asks for, it is shown a certificate of the network's own authority; what it says goes on, over
another TLS connection, to who really bears that name.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread

from .authority import Authority


class Shown(ssl.SSLContext):
    """With the certificate for one name."""

    name = ""


class Inspector:
    def __init__(self, authority: Authority, folder: Path) -> None:
        self.authority, self.folder = authority, folder
        self.shown: dict[str, Shown] = {}
        self.running: set[asyncio.Task[None]] = set()  # the loop itself holds them weakly

    async def listen(self, address: str) -> asyncio.Server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._show
        return await asyncio.start_server(self._pass_on, address, 0, ssl=context)

    def _show(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        if name is None:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        if name not in self.shown:
            self.shown[name] = Shown(ssl.PROTOCOL_TLS_SERVER)
            self.shown[name].name = name
            self.shown[name].load_cert_chain(self.authority.sign(name, self.folder / f"{name}.pem"))
        connection.context = self.shown[name]
        return None

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        name = writer.get_extra_info("ssl_object").context.name
        with suppress(OSError), closing(writer):
            there, back = await asyncio.open_connection(name, 443, ssl=ssl.create_default_context())
            with closing(back):
                ways = {asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))}
                self.running |= ways
                _, open_still = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                self.running -= ways
                for way in open_still:
                    way.cancel()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await source.read(65536):
            sink.write(some)
            await sink.drain()


@contextmanager
def inspection(authority: Authority, address: str, folder: Path) -> Iterator[int]:
    """Goes on in a thread, at the port that it yields."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        listening = asyncio.run_coroutine_threadsafe(Inspector(authority, folder).listen(address), loop).result()
        yield listening.sockets[0].getsockname()[1]
        loop.call_soon_threadsafe(listening.close)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
