"""The words of an ssh that carries one server's page and does nothing else. Pure.

OpenSSH 9: with `-N` a `RemoteCommand` of the user's own configuration would be an error, and a shared master
(`ControlMaster`) would take the forward over and keep it when this ssh has long ended.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from statafleet.access.route import SSH_PORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.route import Route

# A lost line is noticed within 20 s, a host that is off within 10.
KEEPALIVE = (
    ("ServerAliveInterval", "5"),
    ("ServerAliveCountMax", "3"),
    ("TCPKeepAlive", "yes"),
    ("ConnectTimeout", "10"),
)
# Both of this computer's own addresses: a browser that looks for a name below `localhost` may try either first.
BOTH = "localhost"
ALONE = (
    ("ControlMaster", "no"),
    ("ControlPath", "none"),
    ("RemoteCommand", "none"),
    ("PermitLocalCommand", "no"),
)


def carrying(route: Route, here: str, *, ask: bool) -> list[str]:
    """Forwards `here`, a private socket or `127.0.0.1:PORT`; with `ask` it may use the terminal."""
    options = [*KEEPALIVE, *ALONE, *(() if ask else (("BatchMode", "yes"),))]
    return ["ssh", "-N", "-T", "-a", "-x", *_words(options), "-L", f"{here}:{route.target}", *to(route)]


def by_hand(route: Route) -> list[str]:
    """What a person can type instead: the same forward, on the fixed port.

    Where the socket is on this computer, no ssh is needed, but no browser opens it either.
    """
    if route.local_socket:
        return ["stata-fleet", "connect", route.name]
    options = [("ExitOnForwardFailure", "yes"), *KEEPALIVE[:2]]
    return ["ssh", "-N", "-T", *_words(options), "-L", f"{BOTH}:{route.port}:{route.target}", *to_name(route)]


def shown(route: Route) -> str:
    """The same as a line of a Unix shell; a comment where no ssh is needed."""
    return f"# {route.name}: {route.url} is reached without ssh" if route.direct else shlex.join(by_hand(route))


def _words(options: Sequence[tuple[str, str]]) -> list[str]:
    return [word for name, value in options for word in ("-o", f"{name}={value}")]


def to(route: Route) -> list[str]:
    return [*port_of(route), "-l", route.owner, "--", bare(route.host)]


def to_name(route: Route) -> list[str]:
    """The same in the words that people know; neither name can begin with a dash."""
    return [*port_of(route), f"{route.owner}@{bare(route.host)}"]


def port_of(route: Route) -> list[str]:
    """Nothing for sshd's own port: then the user's ssh_config may name another."""
    return [] if route.ssh_port == SSH_PORT else ["-p", str(route.ssh_port)]


def bare(host: str) -> str:
    """As ssh takes it: an IPv6 address without its brackets."""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host
