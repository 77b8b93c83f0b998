"""What a person, or a program, sees of several servers while they are connected to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TextIO

from statafleet.access.connect.events import State
from statafleet.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.connect.events import Event


class Board:
    """A line for each server, with its state. On a terminal the lines stay where they are."""

    def __init__(self, names: Sequence[str], out: TextIO) -> None:
        self._lines = dict.fromkeys(names, "")
        self._width = max(map(len, names), default=0)
        self._out, self._steady = out, out.isatty()
        self._drawn = 0

    def asking(self) -> None:
        """What was drawn is left to scroll away."""
        self._drawn = 0

    def note(self, text: str) -> None:
        self._out.write(f"{_shown(text, self._out)}\n")
        self._drawn = 0

    def tell(self, event: Event) -> None:
        name = event.route.name
        line = _shown(f"{name:<{self._width}}  {_in_words(event)}", self._out)
        if self._lines[name] == line:
            return
        self._lines[name] = line
        self._draw_all() if self._steady else self._out.write(f"{line}\n")
        self._out.flush()

    def _draw_all(self) -> None:
        shown = [line for line in self._lines.values() if line]
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        self._out.write(up + "".join(f"\x1b[2K{line}\n" for line in shown))
        self._drawn = len(shown)


def _in_words(event: Event) -> str:
    match event.state:
        case State.connecting:
            return f"connecting: {event.why}" if event.why else "connecting"
        case State.up:
            return f"up          {event.route.url}"
        case State.down:
            return f"down        {event.why}; trying again"
        case State.error:
            return f"given up    {event.why}"


def _shown(text: str, out: TextIO) -> str:
    """As `out` can show it: a host may say what moves a cursor, or what this terminal has no letters for."""
    encoding = out.encoding or "utf-8"
    return printable(text).encode(encoding, errors="backslashreplace").decode(encoding)


class JsonLines:
    """One JSON object a line; what only people read goes to the other stream."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out, self._err = out, err
        self._last: dict[str, State] = {}

    def asking(self) -> None:
        pass

    def note(self, text: str) -> None:
        self._err.write(f"{_shown(text, self._err)}\n")

    def tell(self, event: Event) -> None:
        route, state = event.route, event.state
        if state == State.connecting or self._last.get(route.name) == state:
            return
        self._last[route.name] = state
        told = {"event": state, "host": route.host, "owner": route.owner, "url": route.url}
        self._out.write(f"{json.dumps(told)}\n")
        self._out.flush()
        if event.why:
            self.note(f"{route.name}: {event.why}")
