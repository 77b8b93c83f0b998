"""How what a host sends becomes a typed answer. Pure; this is the border: nothing unchecked gets past it."""

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from statafleet_sent.wire import Observed

A = TypeVar("A")
# A host with a hundred servers sends 200 kB.
LONGEST = 16_000_000


class NotUsable(Exception):
    """The host cannot be worked on; the text says why and what to do, in one line."""


def parse(lines: Sequence[str]) -> Observed:
    return answer(Observed, lines)


def answer(kind: type[A], lines: Sequence[str]) -> A:
    """The program's one JSON line; what a login shell prints before or after it is passed over."""
    for line in reversed(lines):
        if line.startswith("unusable: "):
            raise NotUsable(line.removeprefix("unusable: "))
        if line.startswith("{") and (found := _whole(kind, line)) is not None:
            whole: A = found
            return whole
    raise NotUsable("the host sent nothing that we understand: " + " / ".join(line[:300] for line in lines[-3:])[:300])


def _whole(kind: Any, line: str) -> Any:
    """None where the line was cut off, or is somebody else's."""
    if len(line) > LONGEST:
        return None
    try:
        # pyinfra decodes with surrogates, which no JSON of ours has.
        return _adapter(kind).validate_json(line.encode("utf-8", "replace"), strict=True)
    except ValidationError:
        return None


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
