"""Who listens where we want to."""

import os
import pwd
from collections.abc import Collection, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

from statafleet_host import proc
from statafleet_host.proc import Listener

from statafleet_sent.wire import PortHolder

ANY_4, ANY_6 = IPv4Address(0), IPv6Address(0)


def strangers(wanted: Iterable[str], ours: Iterable[int], held: Collection[str]) -> tuple[PortHolder, ...]:
    """Each listener that keeps us from one of these addresses, unless it is ours: a process's, or `held` for one.

    A program of another account shows its pid and name to root alone.
    """
    ports = {port_of(address) for address in wanted}
    found = {each.inode: each for each in proc.listeners(os.getpid()) if each.port in ports}
    own = {inode for pid in ours for inode in sockets(pid)} & found.keys()
    own |= {inode for inode, each in found.items() if each.address in held}
    free = sorted({*wanted} - {found[inode].address for inode in own})
    strange = [each for inode, each in sorted(found.items()) if inode not in own]
    pairs = [(each, at) for each in strange for at in free if in_the_way(each.address, at)]
    pids = {inode: pid for pid in proc.parents() for inode in sockets(pid)} if pairs else {}
    return tuple(described(listener, pids.get(listener.inode, 0), at) for listener, at in pairs)


def in_the_way(held: str, wanted: str) -> bool:
    """Whether a listener at `held` keeps another from `wanted`; one for all addresses does, `[::]` for IPv4's too."""
    if port_of(held) != port_of(wanted):
        return False
    one, other = address_of(held), address_of(wanted)
    both = {one, other}
    if len(both) == 1 or ANY_6 in both:
        return True
    return ANY_4 in both and one.version == other.version


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def address_of(address: str) -> IPv4Address | IPv6Address:
    found = ip_address(address.rpartition(":")[0].strip("[]").partition("%")[0])
    return getattr(found, "ipv4_mapped", None) or found


def sockets(pid: int) -> set[str]:
    """None of a process that is gone, or not ours to look into."""
    with suppress(OSError):
        return proc.sockets(pid)
    return set()


def described(listener: Listener, pid: int, wanted: str) -> PortHolder:
    words = proc.cmdline(pid) if pid else []
    try:
        account = pwd.getpwuid(listener.uid).pw_name
    except KeyError:
        account = str(listener.uid)
    return PortHolder(listener.port, pid, os.path.basename(words[0]) if words else "", account, wanted)
