"""What a person, or a program, sees of several servers while they are connected to."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.route import Route


class Board:
    """A line for each server, with its state. On a terminal the lines stay where they are."""

    def __init__(self, names: Sequence[str], out: TextIO) -> None:
        self._lines = dict.fromkeys(names, "")
        self._width = max(map(len, names), default=0)
        self._out, self._steady = out, out.isatty()
        self._drawn = 0

    def asking(self) -> None:
        """Others may write to the terminal now: what was drawn is left to scroll away."""
        self._drawn = 0

    def note(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._drawn = 0

    def connecting(self, route: Route, why: str = "") -> None:
        self._say(route, f"connecting: {why}" if why else "connecting")

    def up(self, route: Route) -> None:
        self._say(route, f"up          {route.url}")

    def down(self, route: Route, why: str) -> None:
        self._say(route, f"down        {why}; trying again")

    def error(self, route: Route, why: str) -> None:
        self._say(route, f"given up    {why}")

    def _say(self, route: Route, state: str) -> None:
        line = f"{route.name:<{self._width}}  {state}"
        if self._lines[route.name] == line:
            return
        self._lines[route.name] = line
        self._draw_all() if self._steady else self._out.write(f"{line}\n")
        self._out.flush()

    def _draw_all(self) -> None:
        shown = [line for line in self._lines.values() if line]
        up = f"\x1b[{self._drawn}F" if self._drawn else ""
        self._out.write(up + "".join(f"\x1b[2K{line}\n" for line in shown))
        self._drawn = len(shown)


class Events:
    """One JSON object a line; what only people read goes to the other stream."""

    def __init__(self, out: TextIO = sys.stdout, err: TextIO = sys.stderr) -> None:
        self._out, self._err = out, err
        self._last: dict[str, str] = {}

    def asking(self) -> None:
        pass

    def note(self, text: str) -> None:
        self._err.write(f"{text}\n")

    def connecting(self, route: Route, why: str = "") -> None:
        pass

    def up(self, route: Route) -> None:
        self._tell(route, "up")

    def down(self, route: Route, why: str) -> None:
        self._tell(route, "down", why)

    def error(self, route: Route, why: str) -> None:
        self._tell(route, "error", why)

    def _tell(self, route: Route, event: str, why: str = "") -> None:
        if self._last.get(route.name) == event:
            return
        self._last[route.name] = event
        said = {"event": event, "host": route.host, "owner": route.owner, "url": route.url}
        self._out.write(f"{json.dumps(said, ensure_ascii=False)}\n")
        self._out.flush()
        if why:
            self.note(f"{route.name}: {why}")
