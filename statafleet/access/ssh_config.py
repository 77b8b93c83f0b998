"""An OpenSSH include file with a `Host` for each server. Pure: the same fleet and laptop, the same bytes."""

from __future__ import annotations

import ipaddress
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from statafleet.access.route import SSH_PORT
from statafleet.access.ssh import BOTH, KEEPALIVE, bare
from statafleet.settings.model.names import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from statafleet.access.route import Route

HEAD = """\
# Made by `stata-fleet ssh-config --install`, which makes it anew; `stata-fleet ssh-config --remove` takes it away.
# `ssh -N NAME` opens the way to a server's page; VS Code, JetBrains and any other client of ssh know the names too.
"""


@dataclass(frozen=True)
class Known:
    """What this laptop's ssh knows of a host: its own options for it, and the fingerprints of its keys."""

    options: tuple[tuple[str, str], ...] = ()
    fingerprints: tuple[str, ...] = ()


NOTHING = Known()


def text(routes: Sequence[Route], known: Mapping[str, Known]) -> str:
    """`known` is by host. A host that is this machine needs no ssh and has no entry."""
    reached = [route for route in routes if route.host != LOCAL]
    short = _short_names(reached)
    entries = ("\n".join(_entry(route, short, known.get(route.host, NOTHING))) for route in reached)
    return HEAD + "".join(f"\n{entry}\n" for entry in entries)


def aliases(route: Route, short: Mapping[str, str]) -> list[str]:
    hosts = dict.fromkeys([short.get(route.host, route.host), route.host])
    return [f"{route.owner}.{bare(host)}.stata" for host in hosts]


def _entry(route: Route, short: Mapping[str, str], known: Known) -> Iterator[str]:
    yield f"# {route.url}"
    yield from (f"# the host's key: {fingerprint}" for fingerprint in known.fingerprints)
    yield f"Host {' '.join(aliases(route, short))}"
    yield from (f"  {name} {value}" for name, value in _options(route, known))


def _options(route: Route, known: Known) -> Iterator[tuple[str, str]]:
    said = {name for name, _ in known.options}
    if "HostName" not in said:
        yield "HostName", bare(route.host)
    yield "User", route.owner
    if "Port" not in said and route.ssh_port != SSH_PORT:
        yield "Port", str(route.ssh_port)
    if not route.direct:
        yield "LocalForward", f"{BOTH}:{route.port} {route.target}"
    yield from KEEPALIVE[:3]
    if "StrictHostKeyChecking" not in said:
        yield "StrictHostKeyChecking", "ask"
    yield from known.options


def _short_names(routes: Sequence[Route]) -> Mapping[str, str]:
    """A host's first word, where it is no other host's and no number of an address."""
    hosts = dict.fromkeys(route.host for route in routes)
    named = {host: host.split(".")[0] for host in hosts if not _is_address(host)}
    count = Counter(named.values())
    return {host: short for host, short in named.items() if count[short] == 1}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(bare(host))
    except ValueError:
        return False
    return True
