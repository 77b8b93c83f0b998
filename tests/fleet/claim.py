"""A claim: one test run's exclusive right to a number, from which all its names are made.

The lock dies with its process, so a number whose lock is free belongs to nobody, and whatever
still bears its names was left by a run that was killed. No process ids are remembered.
"""

import fcntl
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from . import cgroups, network
from .images import cache
from .poll import until

LOCKS = Path("/run/stata-fleet-tests")
NUMBERS = range(32)
# kB; three hosts take 2 GB.
MEMORY = 8_000_000


@dataclass(frozen=True)
class Claim:
    number: int
    storage: Path
    lock: int

    def machine(self, host: str) -> str:
        return f"sf{self.number}-{host}"

    def release(self) -> None:
        clean(self.number, self.storage)
        _give_up(self.lock)


def take() -> Claim:
    """The first free number, after everything that killed runs left behind has been removed."""
    sweep()
    for number in NUMBERS:
        if (lock := _lock(number)) is not None:
            storage = cache() / "runs" / str(number)
            os.pwrite(lock, os.fsencode(storage), 0)
            storage.mkdir(parents=True)
            keep_in_memory(storage)
            return Claim(number, storage, lock)
    raise RuntimeError(f"all {len(NUMBERS)} test fleets of this machine are in use")


def keep_in_memory(storage: Path) -> None:
    """Where there is room: an installed host has 40,000 files, which a disk takes a minute to write and to forget."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    available = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    if available > MEMORY:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=75%", "tmpfs", storage], check=True)


def sweep() -> None:
    for number in NUMBERS:
        if (LOCKS / f"{number}.lock").exists() and (lock := _lock(number)) is not None:
            if left_by := os.fsdecode(os.pread(lock, 4096, 0)):
                clean(number, Path(left_by))
            _give_up(lock)


def clean(number: int, storage: Path) -> None:
    """Nothing with this number's names is left; safe to repeat."""
    cgroups.end(f"stata-fleet-{number}-")
    remove_storage(storage)
    for kept_by_nspawn in Path("/run/systemd/nspawn/propagate").glob(f"sf{number}-*"):
        kept_by_nspawn.rmdir()
    network.remove(number)


def remove_storage(folder: Path) -> None:
    """The folder is gone, and so is what was mounted in it."""
    for mount in _mounts_below(folder):
        until(partial(_unmounted, mount), f"{mount} can be unmounted")
    shutil.rmtree(folder, ignore_errors=True)


def _mounts_below(folder: Path) -> list[str]:
    """Mount points at and inside a folder, the last mounted first."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [line.split()[4] for line in lines]
    return [point for point in reversed(points) if f"{point}/".startswith(f"{folder}/")]


def _unmounted(mount: str) -> bool:
    done = subprocess.run(["umount", mount], stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def _lock(number: int) -> int | None:
    LOCKS.mkdir(exist_ok=True)
    lock = os.open(LOCKS / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _give_up(lock: int) -> None:
    os.truncate(lock, 0)
    os.close(lock)
