"""What a person on each client needs, as text. Pure, but for the fingerprints that a guide asks for."""

from __future__ import annotations

import base64
import json
import shlex
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from statafleet.access import ssh
from statafleet.access.route import SSH_PORT, by_owner
from statafleet.access.templates import filled
from statafleet.errors import StataFleetError
from statafleet.settings.model.listening import LOOPBACK
from statafleet.settings.model.names import LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from statafleet.access.route import Route

CONSOLE_HEAD = """\
# The kernel of your newest notebook, in a terminal; Ctrl-D leaves it running.
# In Windows' cmd.exe, write double quotes instead of the single ones.
"""


@dataclass(frozen=True)
class Servers:
    """The servers that a guide is about, and how to learn the fingerprints of a host's keys."""

    routes: Sequence[Route]
    fingerprints: Callable[[Route], Sequence[str]]


def text(servers: Servers) -> str:
    """For people with a terminal: Linux, macOS, and Windows with its own OpenSSH."""
    return filled("guide.txt", routes=servers.routes, fingerprints=servers.fingerprints)


def html(servers: Servers) -> str:
    """One self-contained page for the people of a lab."""
    return filled(
        "page.html",
        people=by_owner(servers.routes),
        fingerprints=servers.fingerprints,
        console=console_command,
        fields=mobaxterm_fields,
        plink=plink,
        why_not=why_not,
        file=_windows_file_as_link,
    )


def _windows_file_as_link(route: Route) -> str:
    """The `.cmd` inside of the page itself."""
    content = base64.b64encode(_windows_file([route]).encode()).decode()
    return f"data:application/octet-stream;base64,{content}"


def windows(servers: Servers) -> str:
    """A file to double-click."""
    return _windows_file(servers.routes)


def _windows_file(routes: Sequence[Route]) -> str:
    """cmd.exe wants its own line ends."""
    made = filled("windows.cmd", routes=routes, ssh_line=_ssh_in_cmd)
    return made.replace("\r\n", "\n").replace("\n", "\r\n")


def _ssh_in_cmd(route: Route) -> str:
    return subprocess.list2cmdline(ssh.by_hand(route))


def putty(servers: Servers) -> str:
    usable, refused = _split(servers.routes, client="PuTTY")
    lines = [f"{plink(route)}\r\nrem then open {route.url}" for route in usable]
    return "".join(f"{line}\r\n" for line in [*lines, *(f"rem {each}" for each in refused)])


def plink(route: Route) -> str:
    port = [] if route.ssh_port == SSH_PORT else ["-P", str(route.ssh_port)]
    forward = ["-L", f"{LOOPBACK}:{route.port}:{route.target}"]
    return subprocess.list2cmdline(["plink", "-ssh", "-N", *forward, *port, "-l", route.owner, ssh.bare(route.host)])


def mobaxterm(servers: Servers) -> str:
    usable, refused = _split(servers.routes, client="MobaXterm")
    return filled("mobaxterm.txt", routes=usable, refused=refused, fields=mobaxterm_fields)


def mobaxterm_fields(route: Route) -> Sequence[tuple[str, str]]:
    """Of the dialog under Tools, MobaSSHTunnel, New SSH tunnel, with `Local port forwarding` chosen."""
    address, _, port = route.target.rpartition(":")
    return (
        ("Forwarded port", str(route.port)),
        ("Remote server", address),
        ("Remote port", port),
        ("SSH server", ssh.bare(route.host)),
        ("SSH login", route.owner),
        ("SSH port", str(route.ssh_port)),
    )


def _split(routes: Sequence[Route], client: str) -> tuple[Sequence[Route], Sequence[str]]:
    """Those that the client can forward to, and why not for each of the others; none at all is an error."""
    reasons = [reason for route in routes if (reason := why_not(route, client))]
    if len(reasons) == len(routes):
        raise StataFleetError("\n".join(reasons))
    return [route for route in routes if not why_not(route, client)], reasons


def why_not(route: Route, client: str) -> str | None:
    """Of a client that forwards to a port and never to a socket."""
    if route.direct:
        return f"{route.name} needs no tunnel: open {route.url}"
    if route.local_socket:
        return f"{route.name} needs no tunnel: run `{ssh.shown(route)}`"
    if route.to_socket:
        what = f"{route.name} listens on a unix socket, and {client} forwards to TCP ports only"
        return f"{what}: use Windows' own ssh, or ask the administrator for `bind: {LOOPBACK}`"
    return None


def vscode(servers: Servers) -> str:
    return filled("vscode.txt", routes=servers.routes)


def hydrogen(servers: Servers) -> str:
    """For Hydrogen's setting `Kernel Gateways`; without a token in it, Hydrogen asks how to sign in."""
    gateways = [
        {"name": f"{route.owner} on {route.host}", "options": {"baseUrl": route.program_url.rstrip("/")}}
        for route in servers.routes
    ]
    return json.dumps(gateways, indent=2, ensure_ascii=False) + "\n"


def console(servers: Servers) -> str:
    """For people who want no browser: the kernel of an open notebook, in a terminal."""
    return CONSOLE_HEAD + "".join(f"{console_command(route)}\n" for route in servers.routes)


def console_command(route: Route) -> str:
    """On the host, as the owner: kernels talk over unix sockets that only their owner can open.

    Every environment there speaks with every kernel: the newest will do.
    """
    newest = f"$(ls -td {route.environments}*/bin | head -n 1)"
    there = f"JUPYTER_RUNTIME_DIR={route.runtime} {newest}/jupyter-console --existing"
    return there if route.host == LOCAL else shlex.join(["ssh", "-t", *ssh.to_name(route), there])


class Format(StrEnum):
    text = "text"
    html = "html"
    windows = "windows"
    putty = "putty"
    mobaxterm = "mobaxterm"
    vscode = "vscode"
    hydrogen = "hydrogen"
    console = "console"


GUIDES: Mapping[Format, Callable[[Servers], str]] = {
    Format.text: text,
    Format.html: html,
    Format.windows: windows,
    Format.putty: putty,
    Format.mobaxterm: mobaxterm,
    Format.vscode: vscode,
    Format.hydrogen: hydrogen,
    Format.console: console,
}
