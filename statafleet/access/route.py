"""The way to one server, from this laptop: which ssh, which local port, which page. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statafleet import layout
from statafleet.access import ports
from statafleet.errors import StataFleetError
from statafleet.layout import Layout
from statafleet.settings.model.listening import LOOPBACK, Socket
from statafleet.settings.model.names import LOCAL
from statafleet.settings.model.own_name import own_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statafleet.inventory.fleet import Fleet
    from statafleet.settings.model.fleet import HostSettings
    from statafleet.settings.model.jupyter import Jupyter
    from statafleet.settings.model.listening import Listening

SSH_PORT = 22


@dataclass(frozen=True)
class Route:
    """`port` is on this laptop; `target` is what the host's sshd connects to: `127.0.0.1:8888`, or a socket's path."""

    host: str
    owner: str
    target: str
    port: int
    path: str = "/"
    ssh_port: int = SSH_PORT
    direct_url: str = ""
    tls: bool = False
    runtime: str = ""
    environments: str = ""

    @property
    def name(self) -> str:
        return f"{self.owner}@{self.host}"

    @property
    def direct(self) -> bool:
        """A browser here reaches it without ssh."""
        return bool(self.direct_url)

    @property
    def local_socket(self) -> bool:
        return self.host == LOCAL and self.to_socket

    @property
    def needs_ssh(self) -> bool:
        return not (self.direct or self.local_socket)

    @property
    def to_socket(self) -> bool:
        return self.target.startswith("/")

    @property
    def own_name(self) -> str:
        return own_name(self.owner, self.host)

    @property
    def url(self) -> str:
        """For a browser: at the server's own name, so that its cookies go to no other server."""
        return self.direct_url or self._forwarded(self.own_name)

    @property
    def program_url(self) -> str:
        """For what is no browser, and may not find that name."""
        return self.direct_url or self._forwarded(LOOPBACK)

    def _forwarded(self, name: str) -> str:
        return f"{'https' if self.tls else 'http'}://{name}:{self.port}{self.path}"


def routes(fleet: Fleet) -> tuple[Route, ...]:
    """Of every server that a person can reach from a laptop, in the YAML's order."""
    reached = [host for host in fleet.hosts if host.name == LOCAL or not host.name.startswith("@")]
    local = ports.fixed((host.name, server.owner) for host in reached for server in host.servers)
    return tuple(
        _route(host, server.owner, server.jupyter, local[host.name, server.owner])
        for host in reached
        for server in host.servers
    )


def find(asked: str, known: Sequence[Route], account: str) -> Route:
    """The one that `HOST` or `OWNER@HOST` means; HOST alone means this account's, or else the only one."""
    there = [route for route in known if asked in (route.host, route.name)]
    if not there:
        _refuse_unknown(asked, known)
    named = [route for route in there if asked == route.name]
    own = [route for route in there if route.owner == account]
    if len(found := named or own or there) == 1:
        return found[0]
    choices = ", ".join(route.name for route in there)
    raise StataFleetError(f"{asked}: {account} has no server there; write one of: {choices}")


def _refuse_unknown(asked: str, known: Sequence[Route]) -> None:
    of_host = [route for route in known if asked.endswith(f"@{route.host}")]
    if of_host:
        choices = ", ".join(route.name for route in of_host)
        raise StataFleetError(f"{asked}: no such server; on that host there are: {choices}")
    hosts = ", ".join(dict.fromkeys(route.host for route in known)) or "none that ssh reaches"
    raise StataFleetError(f"{asked}: no such host; the inventory has: {hosts}")


def _route(host: HostSettings, owner: str, jupyter: Jupyter, port: int) -> Route:
    there = Layout(layout.root(host.scope), host.scope, host.manager.name)
    return Route(
        host=host.name,
        owner=owner,
        target=_target(jupyter.listening, _absolute(there.socket(owner), owner)),
        port=port,
        path=jupyter.base_url,
        ssh_port=host.ssh.port,
        direct_url=_direct_url(host, jupyter.listening),
        tls=jupyter.tls is not None,
        runtime=there.runtime(owner),
        environments=there.environment("server-"),
    )


def _target(listening: Listening, socket: str) -> str:
    return socket if isinstance(listening, Socket) else listening.reached_at(LOOPBACK).authority


def _direct_url(host: HostSettings, listening: Listening) -> str:
    """The page's own address, if a browser reaches the server without ssh."""
    if isinstance(listening, Socket) or not (listening.public or host.name == LOCAL):
        return ""
    return listening.reached_at(LOOPBACK if host.name == LOCAL else host.name).url


def _absolute(path: str, owner: str) -> str:
    """As sshd needs it, which resolves no `~`: where accounts have their homes on nearly every host."""
    return path.replace("~", "/root" if owner == "root" else f"/home/{owner}", 1)


def authority(url: str) -> str:
    return url.split("/")[2]


def by_owner(known: Sequence[Route]) -> Mapping[str, list[Route]]:
    return {owner: [r for r in known if r.owner == owner] for owner in sorted({r.owner for r in known})}
