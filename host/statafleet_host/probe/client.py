"""The probe's HTTP client: one request, one connection, over TCP, TLS or a unix socket."""

from __future__ import annotations

import io
import json
import os
import socket
import ssl
import stat
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from statafleet_host.peercred import pid_behind, uid_behind

if TYPE_CHECKING:
    from collections.abc import Iterator

MEBIBYTE = 1 << 20


class Connection:
    """A socket that is read for so long and for 1 MiB, however slowly it comes: an owner's program may be behind it.

    It has what http.client and websocket use of a socket.
    """

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._deadline, self._room = sock, time.monotonic() + seconds, MEBIBYTE

    def recv(self, size: int) -> bytes:
        self._sock.settimeout(self.gettimeout())
        received = self._sock.recv(size)
        self._room -= len(received)
        if self._room < 0:
            raise OSError("more than 1 MiB of an answer")
        return received

    def send(self, data: bytes) -> int:
        self._sock.settimeout(self.gettimeout())
        return self._sock.send(data)

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self.gettimeout())
        self._sock.sendall(data)

    def gettimeout(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self))

    def close(self) -> None:
        """http.client calls it before it reads an answer without a length; `Way.connected` closes."""


class _Stream(io.RawIOBase):
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        received = self._connection.recv(len(buffer))
        buffer[: len(received)] = received
        return len(received)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    cookies: dict[str, str]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Way:
    """A way to reach the server, and as whom; `pid` is the process that must be behind a unix socket."""

    base_url: str
    host: str
    socket_path: str | None = None
    address: tuple[str, int] | None = None
    tls: bool = False
    owner_uid: int | None = None
    pid: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def connected(self, timeout: float) -> Iterator[Connection]:
        with self._connect(timeout) as sock:
            yield Connection(sock, timeout)

    def _connect(self, timeout: float) -> socket.socket:
        if self.socket_path is not None:
            return self._connect_unix(self.socket_path, timeout)
        if self.address is None:
            raise ValueError("neither a socket nor an address to connect to")
        sock = socket.create_connection(self.address, timeout=timeout)
        return _encrypted(sock) if self.tls else sock

    def get(self, path: str, cookies: dict[str, str] | None = None, timeout: float = 10) -> Answer:
        return self.ask("GET", path, headers=_cookie(cookies or {}), timeout=timeout)

    def send_json(self, method: str, path: str, content: object, timeout: float) -> Answer:
        kind = {"Content-Type": "application/json"}
        return self.ask(method, path, json.dumps(content), kind, timeout)

    def post_form(self, path: str, fields: dict[str, str], cookies: dict[str, str], timeout: float) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields), kind | _cookie(cookies), timeout)

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
    ) -> Answer:
        http: Any = HTTPConnection(self.host)
        sent = {"Host": self.host, **self.headers, **(headers or {})}
        with self.connected(timeout) as http.sock:
            http.request(method, self.base_url + path, body=body, headers=sent)
            response = http.getresponse()
            cookies = response.headers.get_all("Set-Cookie") or []
            pairs = dict(cookie.split(";")[0].partition("=")[::2] for cookie in cookies)
            # A number, since without one a length that the answer claims is set aside in memory first.
            return Answer(response.status, response.read(MEBIBYTE), pairs)

    def _connect_unix(self, path: str, timeout: float) -> socket.socket:
        """A connection to the owner's socket, with him or root (systemd) behind it: nobody else is told a password."""
        with ExitStack() as opened:
            sock = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
            sock.settimeout(timeout)
            sock.connect(self._owners(path, opened))
            if (uid := uid_behind(sock)) not in {0, self.owner_uid}:
                raise PermissionError(f"{path} is served by account {uid}")
            # Whatever runs in a kernel can put a socket of its own in the owner's folder.
            if self.pid not in {None, (pid := pid_behind(sock))}:
                raise PermissionError(f"{path} is served by process {pid}, which is not the server")
            # Kept; the rest is closed.
            return socket.socket(fileno=sock.detach())

    def _owners(self, path: str, opened: ExitStack) -> str:
        """The very file that was looked at: what the path leads to, its owner may change at any time."""
        file = os.open(path, os.O_PATH | os.O_NOFOLLOW)
        opened.callback(os.close, file)
        seen = os.fstat(file)
        if not stat.S_ISSOCK(seen.st_mode) or seen.st_uid != self.owner_uid:
            raise PermissionError(f"{path} is no socket of account {self.owner_uid}")
        return f"/proc/self/fd/{file}"


def _cookie(cookies: dict[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}


def way_to_url(url: str) -> Way:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    base_url = parts.path.rstrip("/") + "/"
    return Way(base_url, parts.netloc, address=(parts.hostname or "", port), tls=tls)


def _encrypted(sock: socket.socket) -> socket.socket:
    # The certificate is made for the name that people use, and the probe connects to the address
    # on this host; whether the right process listens there is what "bound only" has looked at.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(sock)
