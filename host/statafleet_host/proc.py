"""What a process and those below it listen on, and which of them are kernels that talk over TCP.

Read from /proc, which shows it to root and to the processes' own account.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

PROC = Path("/proc")
LISTEN = "0A"
CONNECTION_FILE = 65536


def process_tree(pid: int) -> list[int]:
    """The process and all below it."""
    children: dict[int, list[int]] = {}
    for stat in PROC.glob("[0-9]*/stat"):
        # A process may end while we look.
        with suppress(OSError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    tree = [pid]
    for process in tree:
        tree += children.get(process, [])
    return tree


def listening(pid: int) -> set[str]:
    """The TCP addresses that this one process listens on, as `127.0.0.1:8888` or `[::1]:8888`."""
    sockets = _sockets(pid)
    return {address for inode, address in _tcp_listeners(pid).items() if inode in sockets}


def tcp_kernels(pids: list[int]) -> list[int]:
    """Those that were started with a connection file which says "tcp"."""
    return [pid for pid in pids if _transport(pid) == "tcp"]


def _sockets(pid: int) -> set[str]:
    found: set[str] = set()
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with suppress(FileNotFoundError):
            kind, _, inode = str(descriptor.readlink()).partition(":")
            if kind == "socket":
                found.add(inode.strip("[]"))
    return found


def _tcp_listeners(pid: int) -> dict[str, str]:
    """Of the process's network namespace: inode to address."""
    found: dict[str, str] = {}
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):
            lines = (PROC / str(pid) / "net" / table).read_text().splitlines()[1:]
            rows = (line.split() for line in lines)
            found |= {row[9]: _address(row[1]) for row in rows if row[3] == LISTEN}
    return found


def _address(text: str) -> str:
    """The kernel prints an address as native 32-bit words in hexadecimal."""
    words, _, port = text.partition(":")
    packed = b"".join(struct.pack("=I", int(words[i : i + 8], 16)) for i in range(0, len(words), 8))
    if len(packed) == 4:
        return f"{socket.inet_ntop(socket.AF_INET, packed)}:{int(port, 16)}"
    return f"[{socket.inet_ntop(socket.AF_INET6, packed)}]:{int(port, 16)}"


def _transport(pid: int) -> str | None:
    """None for what is no kernel, or is gone."""
    with suppress(OSError, ValueError):
        arguments = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
        names = [a.rpartition(b"=")[2].decode() for a in arguments if a.endswith(b".json")]
        for name in names:
            connection = json.loads(_content(name))
            if isinstance(connection, dict) and "shell_port" in connection:
                return str(connection.get("transport"))
    return None


def _content(path: str) -> bytes:
    """Of a plain file: the owner names it, root reads it, and a named pipe would hold root for ever."""
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
        return file.read(CONNECTION_FILE) if S_ISREG(os.fstat(file.fileno()).st_mode) else b""
