"""Opens a page in this person's browser, where there is one."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import webbrowser
from typing import TYPE_CHECKING

from statafleet.access.connect.events import State

if TYPE_CHECKING:
    from statafleet.access.connect.events import Event, Listener


def is_there() -> bool:
    """On a Unix without a screen, only what `BROWSER` names: a text browser would take the terminal."""
    wanted = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in wanted)


def finds(name: str) -> bool:
    """Whether every browser here knows a name below `localhost`. Safari asks macOS, the others know them all."""
    if sys.platform != "darwin":
        return True
    try:
        return bool(socket.getaddrinfo(name, None))
    except OSError:
        return False


class OpensPages:
    """Tells a listener all, and opens a server's page when it is up for the first time."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._opened: set[str] = set()

    def tell(self, event: Event) -> None:
        self._listener.tell(event)
        if event.state == State.up and event.route.name not in self._opened:
            self._opened.add(event.route.name)
            asyncio.get_running_loop().run_in_executor(None, webbrowser.open, event.route.url)

    def note(self, text: str) -> None:
        self._listener.note(text)

    def asking(self) -> None:
        self._listener.asking()
