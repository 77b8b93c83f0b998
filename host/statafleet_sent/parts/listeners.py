"""Who listens on the ports that we want."""

import os
import pwd
from collections.abc import Collection, Iterable
from contextlib import suppress

from statafleet_host import proc
from statafleet_host.proc import Listener

from statafleet_sent.wire import PortHolder


def strangers(ports: Iterable[int], ours: Iterable[int], held: Collection[str]) -> tuple[PortHolder, ...]:
    """Each listener on one of `ports` that is not one of our processes, nor at an address that is `held` for one.

    A program of another account shows its pid and name to root alone.
    """
    wanted = set(ports)
    listening = proc.listeners(os.getpid())
    found = {each.inode: each for each in listening if each.port in wanted and each.address not in held}
    for pid in ours:
        found = {inode: listener for inode, listener in found.items() if inode not in sockets(pid)}
    pids = {inode: pid for pid in proc.parents() for inode in sockets(pid)} if found else {}
    return tuple(described(listener, pids.get(inode, 0)) for inode, listener in sorted(found.items()))


def sockets(pid: int) -> set[str]:
    """None of a process that is gone, or not ours to look into."""
    with suppress(OSError):
        return proc.sockets(pid)
    return set()


def described(listener: Listener, pid: int) -> PortHolder:
    words = proc.cmdline(pid) if pid else []
    try:
        account = pwd.getpwuid(listener.uid).pw_name
    except KeyError:
        account = str(listener.uid)
    return PortHolder(listener.port, pid, os.path.basename(words[0]) if words else "", account)
