"""What no single key can get wrong: settings that do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet import named_file
from statafleet.secrets import pem
from statafleet.settings.model.names import LOCAL
from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET
from statafleet.settings.model.service_managers import ABILITIES, SERVICE_MANAGERS, Ability, ServiceManager, chosen
from statafleet.settings.problems.problem import Problem, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statafleet.inventory.hosts import Host, Server
    from statafleet.settings.model.jupyter import Jupyter
    from statafleet.settings.text.node import Node


def checks(host: Host, hosts: Mapping[str, object]) -> Iterator[Problem]:
    yield from _not_supported_yet(host)
    yield from _groups(host, hosts)
    yield from _unprivileged(host)
    yield from _managers(host)
    yield from _index(host)
    yield from _ca_bundle(host)
    if not host.wrong & {"jupyter", "servers"}:
        yield from _ports(host)
        yield from _binds(host)


def _not_supported_yet(host: Host) -> Iterator[Problem]:
    """What is understood and not yet put on hosts."""
    for path in (("service",), ("scope",), ("stata", "kernel"), ("index", "wheelhouse")):
        node = host.node.find(path)
        if node is None or (path == ("scope",) and host.name == LOCAL):
            continue
        for feature in (f"{dotted(path)}={node.value}", dotted(path)):
            if what := NOT_SUPPORTED_YET.get(feature):
                yield Problem.of(node, what, "leave this key out for now")


def _groups(host: Host, hosts: Mapping[str, object]) -> Iterator[Problem]:
    for number, group in enumerate(host.said.groups):
        if group in hosts:
            node = host.find("groups", number)
            yield Problem.of(node, "a host has this name", "give the group another name")


def _unprivileged(host: Host) -> Iterator[Problem]:
    if host.said.scope != "user" or host.wrong & {"scope", "servers"}:
        return
    if host.said.sudo:
        fix = "delete `sudo:`, or write `scope: system`"
        yield Problem.of(host.find("sudo"), "`scope: user` has no use for sudo", fix)
    for server in host.servers:
        if server.owner != host.account:
            what = "`scope: user` serves only the account that we connect as"
            fix = "delete this account, or write `scope: system`"
            node = host.find("servers", server.owner)
            yield Problem(node.key_position, dotted(node.path), what, fix, server.owner, host.account)


def _managers(host: Host) -> Iterator[Problem]:
    """Each scope has its service managers, and what a server is asked to be must be in their power."""
    if host.wrong & {"scope", "service"}:
        return
    manager = chosen(host.said.scope, host.said.service)
    if manager.scope != host.said.scope:
        what = f"does not go with `scope: {host.said.scope}`"
        yield Problem.of(host.find("service"), what, "write `service: auto`")
    elif not host.wrong & {"jupyter", "servers"}:
        for server in host.servers:
            asked = _asked(server.jupyter, server.node)
            yield from (_beyond(manager, *each) for each in asked if each[0] not in manager.can)


def _asked(jupyter: Jupyter, written: Node) -> Iterator[tuple[Ability, Node, str]]:
    """What a server needs of its service manager, where that was written, and what to do without."""
    for name in sorted(jupyter.limits.model_dump(exclude_none=True)):
        yield "limits", written.deepest(("limits", name)), "delete this key"
    if jupyter.profile == "sealed":
        yield "seal", written.deepest(("profile",)), "delete this key"
    if jupyter.tls and jupyter.tls.on_host:
        yield "credentials", written.deepest(("tls", "certificate")), "name files on the controller"


def _beyond(manager: ServiceManager, ability: Ability, node: Node, instead: str) -> Problem:
    able = [each for each in SERVICE_MANAGERS if ability in each.can]
    what = f"{manager.name}, which runs the servers here, cannot {ABILITIES[ability]}"
    allowed = ", ".join(f"with {each.name}, in `scope: {each.scope}`" for each in able)
    return Problem.of(node, what, f"{instead}, or write `scope: {able[0].scope}`", allowed)


def _ports(host: Host) -> Iterator[Problem]:
    taken: dict[int, Server] = {}
    for server in host.servers:
        for port in server.jupyter.listening.ports:
            first = taken.setdefault(port, server)
            if first is not server:
                yield _clash(host, first, server)


def _clash(host: Host, first: Server, second: Server) -> Problem:
    node, other = _port(host, second), _port(host, first)
    return Problem(
        node.position if node.path[-1:] == ("port",) else node.key_position,
        dotted(node.path),
        f"two servers of {host.name} have the same port",
        "give each server its own `port:`",
        f"{second.jupyter.port} for {second.owner}; {first.owner} has it at {other.key_position}",
        "a port of its own for each server of a host",
    )


def _port(host: Host, server: Server) -> Node:
    own = host.node.find(("servers", server.owner, "port"))
    return own or host.node.find(("servers", server.owner)) or host.find("jupyter", "port")


def _binds(host: Host) -> Iterator[Problem]:
    for server in host.servers:
        jupyter, public = server.jupyter, server.jupyter.listening.public
        if public and not jupyter.tls:
            node = server.node.child("bind") or host.entry
            fix = "add `tls:`, or write `bind: 127.0.0.1`"
            yield Problem.of(node, "passwords would cross the network unencrypted", fix)
        if jupyter.tls and not public:
            node = server.node.child("tls") or host.entry
            yield Problem.of(
                node, "only an address has use for a certificate", "delete `tls:`, or name an address in `bind:`"
            )
        own = host.node.find(("servers", server.owner, "port"))
        if own and not (jupyter.listening.ports or server.node.child("bind")):
            what = "a server listens on a socket unless `bind:` says otherwise, and a socket has no port"
            yield Problem.of(own, what, "delete this key, or add `bind: 127.0.0.1`")
        if jupyter.profile == "sealed" and jupyter.listening.ports:
            node = server.node.child("profile") or host.entry
            yield Problem.of(node, "a sealed server has no network to listen on", "add `bind: socket`")


def _index(host: Host) -> Iterator[Problem]:
    if "index.wheelhouse" in NOT_SUPPORTED_YET:
        return
    if host.said.index.url and host.said.index.wheelhouse:
        node = host.find("index", "wheelhouse")
        yield Problem.of(node, "a host installs from `url` or from `wheelhouse`", "delete one of the two")


def _ca_bundle(host: Host) -> Iterator[Problem]:
    node = host.node.find(("index", "ca_bundle"))
    if node is None or node.value is None:
        return
    text = named_file.text(node.value)
    if text is None:
        yield Problem.of(node, "cannot read this file", "put the file there, or correct the path")
    elif not pem.certificates(text):
        yield Problem.of(node, "no certificate stands in this file", "name a PEM file of certificates")
