"""How what a host sends becomes `Observed`. Pure; this is the border: nothing unchecked gets past it."""

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError
from statafleet_sent.wire import Observed

# A host with a hundred servers sends 200 kB.
LONGEST = 16_000_000

_OBSERVED = TypeAdapter(Observed)


class NotUsable(Exception):
    """The host cannot be worked on; the text says why and what to do, in one line."""


def parse(lines: Sequence[str]) -> Observed:
    """The program's one JSON line; what a login shell prints before it is passed over."""
    for line in reversed(lines):
        if line.startswith("unusable: "):
            raise NotUsable(line.removeprefix("unusable: "))
        if line.startswith("{") and (seen := _whole(line)):
            return seen
    raise NotUsable("the host sent nothing that we understand: " + " / ".join(lines[-3:])[:300])


def _whole(line: str) -> Observed | None:
    """None where the line was cut off, or is somebody else's."""
    if len(line) > LONGEST:
        return None
    try:
        return _OBSERVED.validate_json(line, strict=True)
    except ValidationError:
        return None
