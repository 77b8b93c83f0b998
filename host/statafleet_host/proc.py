"""What /proc says of processes: whose they are, how they were started, what they listen on.

It shows the rest to root and to the processes' own account. Standard library only: this is also sent to hosts.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROC = Path("/proc")
LISTEN, ESTABLISHED = "0A", "01"
PATIENCE = 2.0
STATE_AND_PARENT = re.compile(r"^State:\t(\S).*?^PPid:\t(\d+)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Listener:
    """A listening TCP socket; `uid` is its owner's."""

    inode: str
    address: str
    uid: int

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


def parents() -> dict[int, int]:
    """Every living process and its parent."""
    found = {}
    for name in os.listdir(PROC):  # noqa: PTH208 - five times as fast
        # A process may end while we look. Not `stat`, for which anybody could make us wait.
        if name.isdigit() and (known := STATE_AND_PARENT.search(_text(int(name), "status"))) and known[1] not in "ZX":
            found[int(name)] = int(known[2])
    return found


def started(pid: int) -> str:
    """When a process was started, which tells it from a later one of its number; empty when it is gone or hidden."""
    # Its name, in brackets, may hold anything.
    fields = _in_time(lambda: _text(pid, "stat")).rpartition(")")[2].split()
    return fields[19] if fields else ""


def uid(pid: int) -> int:
    """The account of a process."""
    return (PROC / str(pid)).stat().st_uid


def process_tree(pid: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for child, parent in parents().items():
        children.setdefault(parent, []).append(child)
    tree = [pid]
    for process in tree:
        tree += children.get(process, [])
    return tree


def environ(pid: int) -> dict[str, str]:
    """The environment that a process was started with; empty when it is gone or not ours to read."""
    text = _in_time(lambda: _text(pid, "environ"))
    return dict(word.split("=", 1) for word in text.split("\0") if "=" in word)


def cmdline(pid: int) -> list[str]:
    return _words(pid, "cmdline")


def effective_uid(pid: int) -> int:
    """-1 of a process that is gone. Who owns its folder in /proc is another matter: a process can make that root."""
    lines = [line.split() for line in _text(pid, "status").splitlines() if line.startswith("Uid:")]
    return int(lines[0][2]) if lines else -1


def loaded(pid: int) -> set[str]:
    """The files that it has mapped: its program, its libraries."""
    return {fields[5] for line in _text(pid, "maps").splitlines() if len(fields := line.split(maxsplit=5)) == 6}


def listening(pid: int) -> set[str]:
    """The TCP addresses that this one process listens on, as `127.0.0.1:8888` or `[::1]:8888`."""
    held = sockets(pid)
    return {listener.address for listener in listeners(pid) if listener.inode in held}


def listeners(pid: int) -> list[Listener]:
    """All of the process's network namespace."""
    return [Listener(row[9], _address(row[1]), int(row[7])) for row in _tcp(pid) if row[3] == LISTEN]


def connected(pid: int) -> set[str]:
    """The far ends of a process's TCP connections; none where it is not ours to look at."""
    with suppress(OSError):
        held = sockets(pid)
        return {_address(row[2]) for row in _tcp(pid) if row[3] == ESTABLISHED and row[9] in held}
    return set()


def sockets(pid: int) -> set[str]:
    """The inodes of the sockets that a process holds."""
    found: set[str] = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):
            kind, _, inode = str(descriptor.readlink()).partition(":")
            if kind == "socket":
                found.add(inode.strip("[]"))
    return found


def _tcp(pid: int) -> Iterator[list[str]]:
    """The rows of the kernel's tables of TCP sockets."""
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):
            yield from map(str.split, (PROC / str(pid) / "net" / table).read_text().splitlines()[1:])


def _in_time(read: Callable[[], str]) -> str:
    """Empty when it takes too long: whoever reads this of a process that is held within exec waits until killed.

    Its account can hold it there, by a file system of its own. Linux 6.18 does so for environ, maps, stat and what
    descriptors lead to, not for status and cmdline.
    """
    answer: list[str] = []
    reader = threading.Thread(target=lambda: answer.append(read()), daemon=True)
    reader.start()
    reader.join(PATIENCE)
    return answer[0] if answer else ""


def _words(pid: int, name: str) -> list[str]:
    text = _text(pid, name).removesuffix("\0")
    return text.split("\0") if text else []


def _text(pid: int, name: str) -> str:
    try:
        return (PROC / str(pid) / name).read_text("utf-8", "replace")
    except OSError:
        return ""


def _address(text: str) -> str:
    """The kernel prints an address as native 32-bit words in hexadecimal."""
    words, _, port = text.partition(":")
    packed = b"".join(struct.pack("=I", int(words[i : i + 8], 16)) for i in range(0, len(words), 8))
    if len(packed) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"
