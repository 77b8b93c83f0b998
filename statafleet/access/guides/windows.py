"""For Windows: its own OpenSSH, PuTTY and MobaXterm."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from statafleet.access import ssh
from statafleet.access.guides.refusal import split
from statafleet.access.route import LOOPBACK, SSHD
from statafleet.access.templates import filled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statafleet.access.route import Route
    from statafleet.access.ssh_config import Known


def cmd(routes: Sequence[Route], known: Mapping[str, Known]) -> str:  # noqa: ARG001 - a guide
    """A file to double-click; cmd.exe wants its own line ends."""
    text = filled("windows.cmd", routes=routes, words_of=ssh_line)
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def ssh_line(route: Route) -> str:
    return subprocess.list2cmdline(ssh.by_hand(route))


def putty(routes: Sequence[Route], known: Mapping[str, Known]) -> str:  # noqa: ARG001 - a guide
    usable, refused = split(routes, client="PuTTY")
    lines = [f"{plink(route)}\r\nrem then open {route.url}" for route in usable]
    return "".join(f"{line}\r\n" for line in [*lines, *(f"rem {each}" for each in refused)])


def plink(route: Route) -> str:
    port = [] if route.sshd == SSHD else ["-P", str(route.sshd)]
    forward = ["-L", f"{LOOPBACK}:{route.port}:{route.end}"]
    return subprocess.list2cmdline(["plink", "-ssh", "-N", *forward, *port, "-l", route.owner, ssh.bare(route.host)])


def mobaxterm(routes: Sequence[Route], known: Mapping[str, Known]) -> str:  # noqa: ARG001 - a guide
    usable, refused = split(routes, client="MobaXterm")
    return filled("mobaxterm.txt", routes=usable, refused=refused, fields=fields)


def fields(route: Route) -> Sequence[tuple[str, str]]:
    """Of the dialog under Tools, MobaSSHTunnel, New SSH tunnel, with `Local port forwarding` chosen."""
    address, _, port = route.end.rpartition(":")
    return (
        ("Forwarded port", str(route.port)),
        ("Remote server", address),
        ("Remote port", port),
        ("SSH server", ssh.bare(route.host)),
        ("SSH login", route.owner),
        ("SSH port", str(route.sshd)),
    )
