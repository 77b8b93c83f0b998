"""Who besides root can change what root or systemd opens: where that is an owner, the owner chooses what they open."""

import grp
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress

from statafleet_sent.wire import Changeable

LINKS = 40
# Debian's base-passwd.
STAFF = 50
# What systemd's ProtectHome hides from a service, and shows again by BindPaths alone.
HIDDEN = ("/home", "/root", "/run/user")


def on_the_way(path: str) -> Changeable | None:
    """The first folder on the way to `path`, through links too, that somebody besides root can change."""
    return first(list(steps(path))[:-1])


def on_the_way_or_itself(path: str) -> Changeable | None:
    return first(steps(path))


def first(places: Iterator[str] | list[str]) -> Changeable | None:
    found = ((place, account(place)) for place in places)
    return next((Changeable(place, name) for place, name in found if name), None)


def steps(path: str) -> Iterator[str]:
    """All that the kernel passes on its way, and what is there at last. A link is as safe as the folder it lies in."""
    here, rest, links = "", path.split("/"), 0
    yield "/"
    while rest:
        step = rest.pop(0)
        if step == "..":
            here = here.rpartition("/")[0]
        elif step not in ("", "."):
            at = f"{here}/{step}"
            if links < LINKS and os.path.islink(at):
                links, target = links + 1, os.readlink(at)
                here, rest = "" if target.startswith("/") else here, target.split("/") + rest
            else:
                here = at
                yield here


def account(place: str) -> str:
    """Whoever besides root can change it; empty where nobody can, or nothing is there."""
    try:
        facts = os.lstat(place)
    except OSError:
        return ""
    if stat.S_ISLNK(facts.st_mode):  # in a circle
        return ""
    if facts.st_uid != 0:
        return owner(facts.st_uid)
    if facts.st_mode & stat.S_IWOTH:
        return "everybody"
    by_group = facts.st_mode & stat.S_IWGRP and not empty(facts.st_gid)
    return f"group {group(facts.st_gid)}" if by_group else ""


def empty(gid: int) -> bool:
    """Debian gives /usr/local to its group staff; while nobody is in it, root alone can change what is there."""
    with suppress(KeyError):
        group = grp.getgrgid(gid)
        # An account's own group does not list it.
        members = {*group.gr_mem, *(entry.pw_name for entry in pwd.getpwall() if entry.pw_gid == gid)}
        return gid == STAFF and group.gr_name == "staff" and not members
    return False


def owner(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def hidden(path: str) -> bool:
    real = os.path.realpath(path)
    return any(f"{real}/".startswith(f"{os.path.realpath(folder)}/") for folder in HIDDEN)
