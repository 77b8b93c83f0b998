"""Which secret and which certificate count for a running server, by their digests.

A server starts with those of the current release, and its environment names them. What it was told since is noted in
`told/`, where root alone writes; that is about one process, and is nothing to the next.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from statafleet_host import proc

from statafleet_sent import wire
from statafleet_sent.parts import files, lease

What = Literal["sign_in", "certificate"]


@dataclass(frozen=True)
class Told:
    process: str
    digest: str


def counts(root: Path, owner: str, pid: int, what: What) -> str:
    """For the process `pid`; empty where it does not say."""
    try:
        noted = wire.parse(Told, path(root, owner, what).read_text())
        if noted.process == process(pid):
            return noted.digest
    except (OSError, ValueError):
        pass
    return proc.environ(pid).get(f"STATA_FLEET_{what.upper()}", "")


def note(root: Path, owner: str, pid: int, what: What, digest: str) -> None:
    place = path(root, owner, what)
    place.parent.mkdir(mode=0o700, exist_ok=True)
    files.replace(place, wire.dumped(Told(process(pid), digest)))


def path(root: Path, owner: str, what: What) -> Path:
    return root / "told" / f"{owner}.{what}.json"


def process(pid: int) -> str:
    """No other has this name, also after a restart of the host."""
    return f"{lease.boot()}:{pid}:{proc.started(pid)}"
