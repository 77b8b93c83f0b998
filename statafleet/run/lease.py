"""Which run this is: what a host's lease is asked for with, and whether the run that has it now is over."""

import getpass
import os
import platform
import re
import secrets
from functools import cache
from pathlib import Path

from statafleet_host import proc
from statafleet_sent.wire import LeaseWanted, Observed

_RUN = re.compile(r"(.+):(\d{1,9}):(\d+)")


def wanted(observed: Observed, why: str = "apply") -> LeaseWanted:
    """For the programs of this run that write to a host. A lease of a run that ended here is taken over."""
    lease, installed = observed.lease, observed.installed
    return LeaseWanted(
        run=this_run(),
        who=f"{getpass.getuser()}@{platform.node()}",
        why=why,
        expects=installed.id if installed else "",
        takes_over=lease.run if lease and is_over(lease.run) else "",
    )


@cache
def this_run() -> str:
    """No other process has this name, on no machine and after no restart."""
    return f"{machine() or secrets.token_hex(16)}:{os.getpid()}:{proc.started(os.getpid()) or 0}"


@cache
def machine() -> str:
    """Where process numbers mean what they mean here: this boot and this container. Empty where there is no /proc."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def is_over(run: str) -> bool:
    """Whether that run was on this machine and its process has ended. Of another machine's nothing is known."""
    found = _RUN.fullmatch(run)
    if found is None or found[1] != machine():
        return False
    pid = int(found[2])
    return not _exists(pid) or proc.started(pid) not in (found[3], "")


def _exists(pid: int) -> bool:
    """Also of a process that /proc hides from us."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
