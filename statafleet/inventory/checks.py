"""What no single key can get wrong: settings that do not go together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.inventory.unsupported import not_supported_yet
from statafleet.settings.model.jupyter import SOCKET
from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET
from statafleet.settings.problems.problem import Problem, dotted, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statafleet.inventory.hosts import Host, Server
    from statafleet.settings.text.node import Node

_FILES = (("packages", "server"), ("packages", "kernel"), ("index", "ca_bundle"))


def checks(host: Host, hosts: Mapping[str, object]) -> Iterator[Problem]:
    yield from not_supported_yet(host)
    yield from _groups(host, hosts)
    yield from _unprivileged(host)
    yield from _managers(host)
    yield from _index(host)
    yield from _files(host)
    if not host.wrong & {"jupyter", "servers"}:
        yield from _ports(host)
        yield from _binds(host)


def _groups(host: Host, hosts: Mapping[str, object]) -> Iterator[Problem]:
    for number, group in enumerate(host.said.groups):
        if group in hosts:
            node = host.find("groups", number)
            yield _at(node, "a host has this name", "give the group another name")


def _unprivileged(host: Host) -> Iterator[Problem]:
    if host.said.scope != "user" or host.wrong & {"scope", "servers"}:
        return
    if host.said.sudo:
        fix = "delete `sudo:`, or write `scope: system`"
        yield _at(host.find("sudo"), "`scope: user` has no use for sudo", fix)
    for server in host.servers:
        if server.owner != host.account:
            what = "`scope: user` serves only the account that we connect as"
            fix = "delete this account, or write `scope: system`"
            node = host.find("servers", server.owner)
            yield Problem(node.key_position, dotted(node.path), what, fix, server.owner, host.account)


def _managers(host: Host) -> Iterator[Problem]:
    """Each scope has its service manager; `auto` means that one."""
    fitting = {"system": ("auto", "systemd"), "user": ("auto", "supervisor", "systemd-user")}[host.said.scope]
    if host.said.service not in fitting and not host.wrong & {"scope", "service"}:
        what = f"does not go with `scope: {host.said.scope}`"
        yield _at(host.find("service"), what, "write `service: auto`")


def _ports(host: Host) -> Iterator[Problem]:
    taken: dict[int, Server] = {}
    for server in host.servers:
        if server.jupyter.bind == SOCKET:
            continue
        first = taken.setdefault(server.jupyter.port, server)
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
        jupyter = server.jupyter
        public = jupyter.bind != SOCKET and not jupyter.loopback
        if public and not jupyter.tls:
            node = server.node.child("bind") or host.entry
            fix = "add `tls:`, or write `bind: 127.0.0.1`"
            yield _at(node, "passwords would cross the network unencrypted", fix)
        if jupyter.tls and not public:
            node = server.node.child("tls") or host.entry
            yield _at(node, "only an address has use for a certificate", "delete `tls:`, or name an address in `bind:`")
        if jupyter.profile == "sealed" and jupyter.bind != SOCKET:
            node = server.node.child("profile") or host.entry
            yield _at(node, "a sealed server has no network to listen on", "add `bind: socket`")


def _index(host: Host) -> Iterator[Problem]:
    if "index.wheelhouse" in NOT_SUPPORTED_YET:
        return
    if host.said.index.url and host.said.index.wheelhouse:
        node = host.find("index", "wheelhouse")
        yield _at(node, "a host installs from `url` or from `wheelhouse`", "delete one of the two")


def _files(host: Host) -> Iterator[Problem]:
    for path in _FILES:
        node = host.node.find(path)
        if node is not None and node.value is not None and not _is_readable(node.value):
            fix = "put the file there, or correct the path"
            yield _at(node, "cannot read this file", fix)


def _is_readable(path: str) -> bool:
    return Path(path).is_file() and os.access(path, os.R_OK)


def _at(node: Node, what: str, fix: str) -> Problem:
    return Problem(node.position, dotted(node.path), what, fix, shown(node.text, node.path))
