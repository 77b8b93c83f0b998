"""Runs cells in a kernel of its own, through the server, as a browser does; leaves no kernel.

jupyter_server 2.21.1: a websocket without a subprotocol speaks JSON; what is sent before the kernel
has answered for the first time may lose its output, hence kernel_info first.
"""

from __future__ import annotations

import json
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import websocket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet_host.probe.client import Way

REQUEST_SECONDS = 30


class CellError(Exception):
    """The cell could not be run; the text says how far it came."""


@dataclass(frozen=True)
class Outcome:
    status: str
    text: str
    reply: dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """A running kernel; `info` is what it says of itself."""

    channels: _Channels
    kernel_id: str
    info: dict[str, Any]

    def run(self, code: str) -> Outcome:
        return self.channels.answer_to("execute_request", {"code": code, "stop_on_error": True})


@contextmanager
def trial(way: Way, kernel: str, timeout: float) -> Iterator[Trial]:
    """A kernel that is there for a while, and answers."""
    deadline = time.monotonic() + timeout
    with _kernel(way, kernel) as kernel_id, _channels(way, kernel_id, deadline) as channels:
        yield Trial(channels, kernel_id, channels.answer_to("kernel_info_request", {}).reply)


@contextmanager
def _kernel(way: Way, name: str) -> Iterator[str]:
    started = way.send_json("POST", "api/kernels", {"name": name}, REQUEST_SECONDS)
    if started.status != 201:
        raise CellError(f'the server does not start "{name}" (HTTP {started.status})')
    kernel_id = str(started.json()["id"])
    try:
        yield kernel_id
    finally:
        _remove(way, kernel_id)


def _remove(way: Way, kernel_id: str) -> None:
    """Ask until it is gone: a kernel that just died is being restarted and outlives one request."""
    path = f"api/kernels/{kernel_id}"
    deadline = time.monotonic() + REQUEST_SECONDS
    while way.get(path, timeout=_left(deadline)).status != 404:
        if time.monotonic() > deadline:
            raise CellError(f"the kernel {kernel_id} does not end")
        way.ask("DELETE", path, timeout=_left(deadline))


@contextmanager
def _channels(way: Way, kernel_id: str, deadline: float) -> Iterator[_Channels]:
    session = uuid.uuid4().hex
    path = f"{way.base_url}api/kernels/{kernel_id}/channels?session_id={session}"
    try:
        # No closing handshake: the kernel is removed next, and an owner may let us wait for it.
        with way.connected(_left(deadline)) as connection:
            # The server answers the upgrade only once the kernel lives.
            channels = websocket.create_connection(
                f"ws://{way.host}{path}",
                socket=connection,
                header=way.headers,
                suppress_origin=True,
                redirect_limit=0,
            )
            yield _Channels(channels, session)
    except (websocket.WebSocketTimeoutException, TimeoutError):
        raise CellError("no answer in time") from None
    except websocket.WebSocketException as error:
        raise CellError(str(error)) from None


def _left(deadline: float) -> float:
    """Never nothing: that would be a timeout of another kind."""
    return max(deadline - time.monotonic(), 0.1)


class _Channels:
    def __init__(self, connection: Any, session: str) -> None:
        self.connection, self.session = connection, session

    def answer_to(self, kind: str, content: dict[str, Any]) -> Outcome:
        """What came back: the reply's status, and all text up to "idle"."""
        request = self._send(kind, content)
        text, reply, idle = "", dict[str, Any](), False
        while not (reply and idle):
            message = self._receive()
            if message["parent_header"].get("msg_id") != request:
                continue
            body = message["content"]
            text += _text(message["msg_type"], body)
            idle = idle or body.get("execution_state") == "idle"
            if message["msg_type"].endswith("_reply"):
                reply = body
        return Outcome(str(reply["status"]), text, reply)

    def _send(self, kind: str, content: dict[str, Any]) -> str:
        request = uuid.uuid4().hex
        header = {"msg_id": request, "msg_type": kind, "session": self.session}
        header |= {"username": "probe", "version": "5.3", "date": ""}
        parts = {"parent_header": {}, "metadata": {}, "content": content, "buffers": []}
        self.connection.send(json.dumps({"header": header, "channel": "shell", **parts}))
        return request

    def _receive(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(self.connection.recv())
        if message["content"].get("execution_state") in {"dead", "restarting", "autorestarting"}:
            raise CellError("the kernel died")
        return message


def _text(kind: str, body: dict[str, Any]) -> str:
    if kind == "stream":
        return str(body["text"])
    if kind == "error":
        return "\n".join(body["traceback"])
    if kind == "execute_result":
        return str(body["data"].get("text/plain", ""))
    return ""
