"""Which kernels below a server talk over TCP, and what else a kernel listens on.

All of it is seen in /proc; a file of the owner's is neither believed nor opened.

Jupyter's client 8: a kernel's connection file is named in its arguments, and over ipc it listens on unix sockets that
are named after that file.
"""

from __future__ import annotations

import re
from contextlib import suppress

from statafleet_host.proc import PROC, cmdline, listening, process_tree, sockets

CONNECTION_FILE = re.compile(r"(?:.*[/=])?(kernel-[^/]+)\.json")
ACCEPTS = 0x10000


def tcp_kernels(pids: list[int]) -> list[int]:
    """Kernels that listen on TCP and on no unix socket of theirs."""
    return [pid for pid in pids if (name := _kernel(pid)) and addresses(pid) and not _ipc(pid, name)]


def ports(pids: list[int]) -> set[str]:
    """What these processes listen on."""
    return {address for pid in pids for address in addresses(pid)}


def processes(below: list[int], kernel_id: str) -> list[int]:
    """A kernel and all that it started."""
    mine = [pid for pid in below if _kernel(pid) == f"kernel-{kernel_id}"]
    return sorted({process for pid in mine for process in process_tree(pid)})


def addresses(pid: int) -> set[str]:
    """Nothing for a process that has ended, and for one that even its account may not look at."""
    with suppress(OSError):
        return listening(pid)
    return set()


def _kernel(pid: int) -> str | None:
    """The connection file's name without .json; None for what is no kernel."""
    found = (CONNECTION_FILE.fullmatch(word) for word in cmdline(pid))
    return next((match[1] for match in found if match), None)


def _ipc(pid: int, name: str) -> set[str]:
    """The unix sockets of this kernel's channels, by inode."""
    with suppress(OSError):
        lines = (PROC / str(pid) / "net" / "unix").read_text("utf-8", "replace").splitlines()[1:]
        named = [row for row in (line.split(maxsplit=7) for line in lines) if f"/{name}-ipc-" in row[-1]]
        return {row[6] for row in named if int(row[3], 16) & ACCEPTS} & sockets(pid)
    return set()
