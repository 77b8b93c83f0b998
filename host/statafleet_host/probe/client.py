"""The probe's HTTP client: one request, one connection, over TCP, TLS or a unix socket."""

from __future__ import annotations

import json
import socket
import ssl
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from statafleet_host.sign_in.peer import uid_behind


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    cookies: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Way:
    """A way to reach the server, and as whom."""

    base_url: str
    host: str
    socket_path: str | None = None
    address: tuple[str, int] | None = None
    tls: bool = False
    owner_uid: int | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def connect(self, timeout: float) -> socket.socket:
        if self.socket_path is not None:
            return self._connect_unix(self.socket_path, timeout)
        if self.address is None:
            raise ValueError("neither a socket nor an address to connect to")
        sock = socket.create_connection(self.address, timeout=timeout)
        return _encrypted(sock) if self.tls else sock

    def get(self, path: str, headers: dict[str, str] | None = None, timeout: float = 10) -> Answer:
        return self.ask("GET", path, headers=headers, timeout=timeout)

    def post_json(self, path: str, content: object, timeout: float) -> Answer:
        kind = {"Content-Type": "application/json"}
        return self.ask("POST", path, json.dumps(content), kind, timeout)

    def post_form(self, path: str, fields: dict[str, str], timeout: float) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields), kind, timeout)

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        timeout: float = 10,
    ) -> Answer:
        connection = HTTPConnection(self.host)
        connection.sock = self.connect(timeout)
        try:
            sent = {"Host": self.host, **self.headers, **(headers or {})}
            connection.request(method, self.base_url + path, body=body, headers=sent)
            response = connection.getresponse()
            cookies = response.headers.get_all("Set-Cookie") or []
            pairs = "; ".join(cookie.split(";")[0] for cookie in cookies)
            return Answer(response.status, response.read(), pairs)
        finally:
            connection.close()

    def _connect_unix(self, path: str, timeout: float) -> socket.socket:
        """A connection to the owner's or root's socket: nobody else is to be told a password."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(timeout)
            sock.connect(path)
            uid = uid_behind(sock)
        except OSError:
            sock.close()
            raise
        if uid in {0, self.owner_uid}:
            return sock
        sock.close()
        raise PermissionError(f"{path} is served by account {uid}")


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
