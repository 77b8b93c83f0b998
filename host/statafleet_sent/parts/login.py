"""Who came, as this host knows it by itself: nothing here is the word of whoever came."""

import os
import pwd
from contextlib import suppress
from pathlib import Path

from statafleet_host import proc

UNSET = 2**32 - 1


def seen() -> str:
    """The account, whether by sudo, and the connection: sshd's log says with which key it was opened."""
    by_sudo = " by sudo" if os.environ.get("SUDO_USER") else ""
    remote = connection()
    return f"{logged_in() or account()}{by_sudo}{f' from {remote}' if remote else ''}"


def account() -> str:
    """Of our process, or what sudo says was there before."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.geteuid()).pw_name


def logged_in() -> str:
    """The account of the login, which the kernel keeps whatever happens since; empty where no login was noted."""
    with suppress(OSError, ValueError, KeyError):
        uid = int(Path("/proc/self/loginuid").read_text())
        return "" if uid == UNSET else pwd.getpwuid(uid).pw_name
    return ""


def connection() -> str:
    """The far end of the connection that sshd holds for us: the outermost, since what is below is not root's alone."""
    parents, pid, found = proc.parents(), os.getpid(), ""
    while pid := parents.get(pid, 0):
        found = next(iter(sorted(proc.connected(pid))), found)
    return found
