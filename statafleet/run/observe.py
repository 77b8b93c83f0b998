"""Read a host, once."""

import socket
from contextlib import suppress

from pyinfra.api.host import Host
from statafleet_sent.wire import KeyPair, Observed, ObserveQuestion

from statafleet import layout
from statafleet.observed.state import NotUsable
from statafleet.report.finding import Finding, Kind
from statafleet.run import limits
from statafleet.run.fact import Observation, asked
from statafleet.run.say import refuse
from statafleet.secrets import veil
from statafleet.secrets.secret import SignIn
from statafleet.settings.model.fleet import HostSettings
from statafleet.settings.model.jupyter import ON_HOST

Kept = dict[str, SignIn | None]


def observe(host: Host, settings: HostSettings) -> tuple[Observed, Kept] | None:
    """What was seen, and the secrets that the host has now, by owner; None after the host was refused."""
    quicken(host)
    asking = question(settings)
    try:
        with limits.of("observe") as seconds:
            seen = host.get_fact(Observation, python=settings.python, _stdin=asked(asking), _timeout=seconds)
    except TimeoutError:
        seen = NotUsable(limits.told("observe"))
    if isinstance(seen, NotUsable):
        refuse(host, [Finding(Kind.UNUSABLE, values={"reason": str(seen)})])
    elif seen is not None:
        return complete(host, asking, seen)
    elif host not in host.state.failed_hosts:
        # pyinfra says why a command failed, and nothing of one that ended well and silently.
        refuse(host, [Finding(Kind.SILENT)])
    return None


def complete(host: Host, asking: ObserveQuestion, seen: Observed) -> tuple[Observed, Kept] | None:
    """None where it lacks what was asked of an owner."""
    if unsaid := sorted(set(asking.owners) - seen.accounts.keys()):
        refuse(host, [Finding(Kind.ACCOUNT_UNSAID, owner) for owner in unsaid])
        return None
    kept = seen.veiled_secrets
    return seen, {owner: veil.lifted(kept.get(owner, ""), asking.veil_key, owner) for owner in asking.owners}


def quicken(host: Host) -> None:
    """paramiko leaves Nagle's algorithm on: 45 ms lost a command on a LAN."""
    client = getattr(host.connector, "client", None)
    transport = client.get_transport() if client else None
    # By way of another host there is a channel in the socket's place; and this one may have hung up.
    if isinstance(line := getattr(transport, "sock", None), socket.socket):
        with suppress(OSError):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def question(settings: HostSettings) -> ObserveQuestion:
    servers = settings.servers
    return ObserveQuestion(
        root=layout.root(settings.scope),
        scope=settings.scope,
        owners=tuple(server.owner for server in servers),
        addresses=tuple(address for server in servers for address in server.jupyter.listening.listen),
        directories={server.owner: server.jupyter.directory for server in servers},
        tls=tls_on_host(settings),
        stata=settings.stata.path,
        veil_key=veil.new_key(),
    )


def tls_on_host(settings: HostSettings) -> dict[str, KeyPair]:
    """Owner -> the certificate and key that lie on the host already."""
    tls = {server.owner: server.jupyter.tls for server in settings.servers}
    return {
        owner: KeyPair(pair.certificate.removeprefix(ON_HOST), pair.key.removeprefix(ON_HOST))
        for owner, pair in tls.items()
        if pair and pair.on_host
    }
