"""Who put which release on a host, when, and whether it was well: one line of JSON each in `journal.jsonl`."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from statafleet_sent import wire

NAME = "journal.jsonl"
Result = Literal["switched", "well", "not well"]


@dataclass(frozen=True)
class Entry:
    """`who` is what they said, `seen` what the host itself knew; `before` is the release that was switched off.

    `failed` has the owners whose servers were not well.
    """

    release: str
    who: str
    result: Result
    seen: str = ""
    before: str | None = None
    failed: tuple[str, ...] = ()


def note(root: Path, entry: Entry) -> None:
    line = json.dumps({"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **wire.plain(entry)})
    with (root / NAME).open("a") as journal:
        journal.write(line + "\n")


def verdict(root: Path, release: str) -> Entry | None:
    """Of the last run that looked at this release."""
    found = [entry for entry in entries(root) if entry.release == release and entry.result != "switched"]
    return found[-1] if found else None


def last_good(root: Path) -> list[str]:
    """Releases that were found well, the newest first, each once."""
    good = [entry.release for entry in entries(root) if entry.result == "well"]
    return list(dict.fromkeys(reversed(good)))


def entries(root: Path) -> Iterator[Entry]:
    """A line that a crash cut off, or that somebody else wrote, is passed over."""
    try:
        lines = (root / NAME).read_text("utf-8", "replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield wire.parse(Entry, line)
        except ValueError:
            continue
