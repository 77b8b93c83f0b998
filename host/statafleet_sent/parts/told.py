"""Which secret and which certificate count for a running server, by their digests.

A server starts with those of the current release, and its environment names them. What it was told since is noted in
`told/OWNER.json`, which root alone writes; that is about one process, and is nothing to the next.
"""

from dataclasses import dataclass
from pathlib import Path

from statafleet_host import proc

from statafleet_sent import wire
from statafleet_sent.parts import files, lease
from statafleet_sent.wire import HandOver

FOLDER = "told"


@dataclass(frozen=True)
class Told:
    """`process` names one as no other is named."""

    process: str
    sign_in: str
    certificate: str


def counts(root: Path, owner: str, pid: int) -> Told:
    """For the process `pid`; empty where it does not say."""
    process = f"{lease.boot()}:{pid}:{proc.started(pid)}"
    try:
        noted = wire.parse(Told, path(root, owner).read_text())
    except (OSError, ValueError):
        noted = None
    if noted and noted.process == process:
        return noted
    variables = proc.environ(pid)
    return Told(process, variables.get("STATA_FLEET_SIGN_IN", ""), variables.get("STATA_FLEET_CERTIFICATE", ""))


def note(root: Path, pid: int, wanted: HandOver) -> None:
    now = counts(root, wanted.owner, pid)
    if wanted.said == "certificate":
        noted = Told(now.process, now.sign_in, wanted.digest)
    else:
        noted = Told(now.process, wanted.digest, now.certificate)
    path(root, wanted.owner).parent.mkdir(mode=0o700, exist_ok=True)
    files.replace(path(root, wanted.owner), wire.dumped(noted))


def path(root: Path, owner: str) -> Path:
    return root / FOLDER / f"{owner}.json"
