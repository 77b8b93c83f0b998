"""One password for several people, each of whom can then sign in as the others."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from statafleet.report.finding import Finding, Kind
from statafleet.secrets.secret import Hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statafleet.inventory.fleet import Fleet
    from statafleet.secrets.secret import Secret
    from statafleet.settings.model.fleet import ServerSettings

MOST_NAMED = 6


def shared(fleet: Fleet) -> Iterator[Finding]:
    """One for each password of several owners that opens a server on a port.

    One owner's password for all of their servers is their own affair, and a socket keeps everybody else out.
    """
    for servers in _by_password(fleet).values():
        owners = {server.owner for _, server in servers}
        if len(owners) > 1 and any(server.jupyter.listening.ports for _, server in servers):
            names = [f"{server.owner}@{host}" for host, server in servers]
            yield Finding(Kind.PASSWORD_SHARED, values={"servers": _shortened(names)})


def _by_password(fleet: Fleet) -> Mapping[Secret, Sequence[tuple[str, ServerSettings]]]:
    found = defaultdict(list)
    for host in fleet.hosts:
        for server in host.servers:
            password = _password(fleet, host.name, server)
            if password is not None:
                found[password].append((host.name, server))
    return found


def _password(fleet: Fleet, host: str, server: ServerSettings) -> Secret | None:
    """Itself, its hash, or its source alone where that was not read."""
    wanted = server.jupyter.password
    if wanted is not None and wanted.hash is not None:
        return Hash(wanted.hash.get_secret_value())
    return fleet.passwords.get((host, server.owner))


def _shortened(names: Sequence[str]) -> tuple[str, ...]:
    more = len(names) - MOST_NAMED
    return (*names[:MOST_NAMED], f"{more} more") if more > 0 else tuple(names)
