"""The way from a browser to a server, with and without what `connect` adds; all that the browser sends is kept."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

from statafleet.access.connect.local_port import LocalPort

PORTS = {"alice": 20_601, "bob": 20_611}


class Carrier:
    """As ssh does it: whoever connects here talks to a port there."""

    def __init__(self, listening: socket.socket, port: int) -> None:
        self.heard = bytearray()
        self._listening, self._port = listening, port
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Also for the thread that waits for clients: till then Linux keeps the address."""
        self._listening.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                there = socket.create_connection(("127.0.0.1", self._port))
                threading.Thread(target=self._carry, args=(client, there, self.heard), daemon=True).start()
                threading.Thread(target=self._carry, args=(there, client, bytearray()), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket, kept: bytearray) -> None:
        with suppress(OSError):
            while piece := one.recv(65_536):
                kept += piece
                other.sendall(piece)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)


@contextmanager
def plain(owner: str, port: int) -> Iterator[Carrier]:
    """`ssh -L localhost:PORT:…`, which asks nobody for which server they come."""
    with (
        socket.create_server(("127.0.0.1", PORTS[owner])) as ipv4,
        socket.create_server(("::1", PORTS[owner]), family=socket.AF_INET6) as ipv6,
        Carrier(ipv6, port) as carrier,
        Carrier(ipv4, port) as other,
    ):
        other.heard = carrier.heard
        yield carrier


@contextmanager
def connected(owner: str, name: str, port: int, folder: Path) -> Iterator[Carrier]:
    """The local port that `connect` holds for the server of this name."""
    with socket.socket(socket.AF_UNIX) as end, _running(LocalPort(name), owner, str(folder / owner)):
        end.bind(str(folder / owner))
        end.listen()
        with Carrier(end, port) as carrier:
            yield carrier


@contextmanager
def _running(held: LocalPort, owner: str, end: str) -> Iterator[None]:
    listens, over = threading.Event(), Future[None]()

    async def stay() -> None:
        assert (await held.listen(PORTS[owner], set())).number == PORTS[owner]
        held.forward_to(end)
        listens.set()
        await asyncio.wrap_future(over)
        held.close()

    thread = threading.Thread(target=lambda: asyncio.run(stay()), daemon=True)
    thread.start()
    assert listens.wait(10)
    try:
        yield
    finally:
        over.set_result(None)
        thread.join(10)


class Hostile(BaseHTTPRequestHandler):
    """A host that somebody has taken: it leads wherever it is told to, and tries to set cookies for others."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        to = parse_qs(asked.query).get("to")
        page = b"<p id=shown><script>fetch('/again').then(() => { document.title = 'asked again' })</script>"
        self.send_response(302 if to else 200)
        if to:
            self.send_header("Location", to[0])
        for domain in ("localhost", ".localhost", "alice-econ1.localhost"):
            self.send_header("Set-Cookie", f"tossed=1; Path=/; Domain={domain}")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(0 if to else len(page)))
        self.end_headers()
        self.wfile.write(b"" if to else page)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def hostile() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()
