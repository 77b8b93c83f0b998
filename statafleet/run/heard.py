"""What pyinfra hears of a host, before anybody prints or keeps it.

pyinfra 3.10.0 shows it as it is, escapes too, where the first look fails and from `-v` on, and keeps all of it.
"""

from collections.abc import Callable, Iterator
from typing import IO, Any

from pyinfra.connectors import util

from statafleet.observed.state import LONGEST
from statafleet.printable import printable

# What each costs to keep, however short it is.
A_LINE = 200
_AS_IT_IS: Callable[..., None] = util.read_buffer


def with_care() -> None:
    """From now on."""
    util.read_buffer = _read  # type: ignore[assignment]


def _read(name: str, stream: IO[Any], *others: Any, **named: Any) -> None:
    _AS_IT_IS(name, lines(stream), *others, **named)


def lines(stream: IO[Any]) -> Iterator[str]:
    """Without what a terminal would obey, and no more than any host of ours has to say; the rest goes nowhere."""
    heard = 0
    while piece := stream.readline(LONGEST):
        heard += len(piece) + A_LINE
        if heard <= 2 * LONGEST:
            yield _plain(piece if isinstance(piece, str) else piece.decode(errors="replace"))


def _plain(line: str) -> str:
    text = line.rstrip("\r\n")
    return text if text.isprintable() else printable(text)
