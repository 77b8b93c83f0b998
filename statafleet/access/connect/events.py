"""What happens to the servers of a session, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from statafleet.access.route import Route


class State(StrEnum):
    """`error` is the last: what trying again would not mend."""

    connecting = "connecting"
    up = "up"
    down = "down"
    error = "error"


@dataclass(frozen=True)
class Event:
    """A server's state now; `why` is for people."""

    route: Route
    state: State
    why: str = ""


class Listener(Protocol):
    def tell(self, event: Event) -> None: ...

    def note(self, text: str) -> None:
        """For people, and about no server's state."""

    def asking(self) -> None:
        """An ssh that is starting may write to the terminal."""
