"""What `--trusted-only` refuses: settings by which something is run that they name, here or as root on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.settings.model.names import LOCAL
from statafleet.settings.model.stata import AUTO
from statafleet.settings.problems.problem import Problem, dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet.inventory.hosts import Host

WHY = "refused with `--trusted-only`: "


def problems(host: Host) -> Iterator[Problem]:
    yield from _connector(host)
    yield from _python(host)
    yield from _commands(host)


def _connector(host: Host) -> Iterator[Problem]:
    """ssh checks the host's key; the others start containers, mount folders, or are root on this machine."""
    if host.name.startswith("@") and (host.name != LOCAL or host.said.sudo):
        entry = host.entry
        what = f"{WHY}this host is not reached by ssh"
        yield Problem(entry.key_position, dotted(entry.path), what, "leave it out", host.name)


def _python(host: Host) -> Iterator[Problem]:
    node = host.node.find(("python",))
    if node is not None and node.value not in (None, AUTO):
        yield Problem.of(node, f"{WHY}root runs this program, also for a plan", "delete this key")


def _commands(host: Host) -> Iterator[Problem]:
    for server in host.servers:
        node = server.node.find(("password", "command"))
        if node is not None and node.value is not None:
            fix = "name the password by `hash`, `env` or `file`"
            yield Problem.of(node, f"{WHY}this command is run on this machine", fix)
