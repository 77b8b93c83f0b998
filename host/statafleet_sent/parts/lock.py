"""One run at a time on a host."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from statafleet_sent.parts import host


@contextmanager
def held(root: Path) -> Iterator[None]:
    """Hold the host's lock; the kernel lets it go whatever ends us."""
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle = os.open(root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            host.fail("another run is working on this host; wait for it to end, then run again")
        yield
    finally:
        os.close(handle)
