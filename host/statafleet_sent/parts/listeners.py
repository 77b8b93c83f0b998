"""Who listens on the ports that we want."""

import os
import pwd
from collections.abc import Iterable
from pathlib import Path

from statafleet_sent.parts import host
from statafleet_sent.wire import PortHolder

LISTEN = "0A"


def strangers(ports: Iterable[int], ours: Iterable[int]) -> tuple[PortHolder, ...]:
    """Each listener on one of `ports` that is not one of our processes: port, program, pid, account.

    A program of another account shows its pid and name to root alone.
    """
    wanted = set(ports)
    found = {inode: (port, uid) for inode, port, uid in listening() if port in wanted}
    for pid in ours:
        found = {inode: facts for inode, facts in found.items() if inode not in sockets(pid)}
    owners = {inode: pid for pid in host.parents() for inode in sockets(pid)} if found else {}
    return tuple(described(port, uid, owners.get(inode, 0)) for inode, (port, uid) in sorted(found.items()))


def described(port: int, uid: int, pid: int) -> PortHolder:
    words = host.command_line(pid) if pid else []
    try:
        account = pwd.getpwuid(uid).pw_name
    except KeyError:
        account = str(uid)
    return PortHolder(port, pid, os.path.basename(words[0]) if words else "", account)


def listening() -> list[tuple[str, int, int]]:
    """Every listening TCP socket: inode, port, uid of its owner."""
    found = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == LISTEN:
                found.append((fields[9], int(fields[1].rpartition(":")[2], 16), int(fields[7])))
    return found


def sockets(pid: int) -> set[str]:
    """The inodes of the sockets that a process holds."""
    found = set()
    try:
        for entry in os.scandir(f"/proc/{pid}/fd"):
            target = os.readlink(entry.path)
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        pass
    return found
