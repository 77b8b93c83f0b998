"""One control group per host.

Without one, all hosts would share the group that the tests run in, and a systemd that ends a
service by its group would end the same service of its neighbours. It also says for certain which
processes are ours to end.
"""

import os
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path

from .poll import until


def make(name: str) -> Path:
    group = _hierarchies("cgroup2 ")[0] / name
    group.mkdir(exist_ok=True)
    return group


def of(process: int) -> Path:
    rows = Path(f"/proc/{process}/cgroup").read_text().splitlines()
    path = next(row.removeprefix("0::/") for row in rows if row.startswith("0::"))
    return _hierarchies("cgroup2 ")[0] / path


def end(prefix: str) -> None:
    """Every process in the groups so named is gone, and so are the groups."""
    # nspawn makes a twin of the group where systemd's own version 1 hierarchy is mounted too.
    for hierarchy in _hierarchies("cgroup2 ", "name=systemd"):
        for group in hierarchy.glob(f"{prefix}*"):
            _kill(group)
            until(partial(_removed, group), f"control group {group} is empty")


def _hierarchies(*signs: str) -> list[Path]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    halves = [line.split(" - ") for line in lines]
    return [Path(place.split()[4]) for place, kind in halves if any(s in kind for s in signs)]


def _kill(group: Path) -> None:
    for file in group.rglob("cgroup.procs"):
        for process in map(int, file.read_text().split()):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _removed(group: Path) -> bool:
    for folder, _, _ in os.walk(group, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()
    return not group.exists()
