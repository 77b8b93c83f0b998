"""A server of an owner who means ill: it says what a test tells it to, on a unix socket."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from itertools import repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# From a request's head to what is sent back, piece by piece.
Says = Callable[[str], "Iterable[bytes]"]


@contextmanager
def serving(path: Path, says: Says) -> Iterator[Path]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=_serve, args=(listener, says), daemon=True).start()
        try:
            yield path
        finally:
            # Wakes the thread, which close would not.
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, says: Says) -> None:
    with suppress(OSError):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_answer, args=(connection, says), daemon=True).start()


def _answer(connection: socket.socket, says: Says) -> None:
    with connection, suppress(OSError):
        head = connection.recv(65536).decode()
        for piece in says(head):
            connection.sendall(piece)
        # A request's body comes apart from its head.
        while connection.recv(65536):
            pass


def answer(body: bytes, status: str = "200 OK") -> Iterable[bytes]:
    return [f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body]


def endless(piece: bytes) -> Iterator[bytes]:
    """An answer that never ends."""
    yield b"HTTP/1.1 200 OK\r\n\r\n"
    yield from repeat(piece)


def upgraded(head: str) -> bytes:
    """The start of a websocket."""
    key = re.findall(r"Sec-WebSocket-Key: (\S+)", head)[0] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode(), usedforsecurity=False).digest()).decode()
    head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()


def frame(text: bytes) -> bytes:
    return b"\x81\x7f" + len(text).to_bytes(8, "big") + text
