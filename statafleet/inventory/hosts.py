"""One host: its merged layers, the settings that they make, and where each was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statafleet.inventory import layers
from statafleet.settings.model.fleet import HostEntry, HostSettings, ServerSettings
from statafleet.settings.model.jupyter import Jupyter
from statafleet.settings.model.listening import LOOPBACK
from statafleet.settings.model.names import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statafleet.settings.model.packages import ExtraPackages
    from statafleet.settings.text.node import Node


@dataclass(frozen=True)
class Server:
    owner: str
    node: Node
    jupyter: Jupyter


@dataclass(frozen=True)
class Host:
    """`entry` is what the inventory file says, `node` all that any layer says of it."""

    name: str
    account: str
    entry: Node
    node: Node
    wrong: frozenset[str]
    said: HostEntry
    servers: tuple[Server, ...]

    def find(self, *path: str | int) -> Node:
        """What was written at `path`, or the host's entry if nothing was."""
        return self.node.find(path) or self.entry

    def settings(self, packages: ExtraPackages) -> HostSettings:
        said = self.said
        return HostSettings(
            name=self.name,
            groups=tuple(dict.fromkeys(said.groups)),
            ssh=said.ssh,
            sudo=said.sudo,
            scope=said.scope,
            service=said.service,
            python=said.python,
            stata=said.stata,
            index=said.index,
            packages=packages,
            servers=tuple(ServerSettings(owner=server.owner, jupyter=server.jupyter) for server in self.servers),
        )


def make(name: str, entry: Node, said: Sequence[layers.Layer], account: str) -> Host:
    layer = layers.merged(said)
    settings = HostEntry.model_validate(layer.node.plain())
    connects_as = account if name == LOCAL else settings.ssh.user or account
    # A browser opens no socket, and `scope: user` is for one on the host itself.
    usual = {"bind": LOOPBACK} if settings.scope == "user" else {}
    servers = tuple(_servers(layer.node, sorted(settings.servers) or [connects_as], usual))
    return Host(name, connects_as, entry, layer.node, layer.wrong, settings, servers)


def _servers(host: Node, owners: Sequence[str], usual: Mapping[str, str]) -> Iterator[Server]:
    for owner in owners:
        node = layers.server(host, owner)
        yield Server(owner, node, Jupyter.model_validate({**usual, **node.plain()}))
