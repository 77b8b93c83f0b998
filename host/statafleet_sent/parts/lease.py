"""One run at a time on a host: it has a lease from its first write to its verdict.

Between two programs of a run the lease holds for TTL seconds of the host's own clock, which no change of the date
moves; while a program runs, a lock holds it that the kernel frees whatever ends the program.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from statafleet_sent import wire
from statafleet_sent.parts import files, login, release
from statafleet_sent.parts.report import Refused
from statafleet_sent.wire import Lease, LeaseWanted

# pyinfra takes all hosts through an operation before the next begins, so a host waits for the slowest build.
TTL = 15 * 60
LEASE, LOCK = "lease", "lock"
CHANGED = "the host has changed since it was read: another run has been here; run again"


@dataclass(frozen=True)
class Held(Lease):
    """A lease as it lies on the host. `renewed` is in seconds since the boot of that id."""

    boot: str
    renewed: float


@contextmanager
def held(root: Path, wanted: LeaseWanted, *, last: bool = False) -> Iterator[None]:
    """Work on the host under the run's lease. It ends with a program that fails, or that is the run's `last`."""
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    with locked(root):
        since = taken(root, wanted)
        keep(root, wanted, since)
        ended = True
        try:
            yield
            ended = last
        finally:
            if ended:
                (root / LEASE).unlink(missing_ok=True)
            else:
                keep(root, wanted, since)


@contextmanager
def locked(root: Path) -> Iterator[None]:
    handle = os.open(root / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        lock(handle, root)
        yield
    finally:
        os.close(handle)


def lock(handle: int, root: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Refused(f"{told(recorded(root))}; a program of that run is at work now, so run again later") from None
    if os.stat(root / LOCK).st_ino != os.fstat(handle).st_ino:
        raise Refused(CHANGED)


def taken(root: Path, wanted: LeaseWanted) -> str:
    """Since when the lease is this run's; refused where it is another's, or the host is not as the run saw it."""
    now = recorded(root)
    if now and now.run == wanted.run:
        return now.since
    if now and left(now) > 0 and now.run != wanted.takes_over:
        minutes = -(-left(now) // 60)
        raise Refused(f"{told(now)}; if that run was broken off, its lease ends in {minutes:.0f} min at most")
    if release.current(root) != wanted.expects:
        raise Refused(CHANGED)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def keep(root: Path, wanted: LeaseWanted, since: str) -> None:
    record = Held(wanted.run, wanted.who, wanted.why, since, login.seen(), boot(), seconds())
    files.replace(root / LEASE, wire.dumped(record))


def seen(root: Path) -> Lease | None:
    """The lease that holds now."""
    now = recorded(root)
    if now is None or (left(now) <= 0 and not in_use(root)):
        return None
    return Lease(now.run, now.who, now.why, now.since, now.seen)


def recorded(root: Path) -> Held | None:
    """The lease that was written last; what we do not understand is none."""
    try:
        return wire.parse(Held, (root / LEASE).read_text())
    except (OSError, ValueError):
        return None


def left(now: Held) -> float:
    """Seconds; a boot ends every lease."""
    passed = seconds() - now.renewed
    return TTL - passed if now.boot == boot() and passed >= 0 else 0


def in_use(root: Path) -> bool:
    """Whether a program of a run works here now. To try the lock would be in that program's way."""
    try:
        inode = (root / LOCK).stat().st_ino
        return any(f":{inode} " in line for line in Path("/proc/locks").read_text().splitlines())
    except OSError:
        return False


def told(now: Held | None) -> str:
    if now is None:
        return "another run is working on this host"
    return f"{now.who} ({now.seen}) is working on this host since {now.since} ({now.why})"


def boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def seconds() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
