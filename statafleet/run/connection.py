"""What we do with a pyinfra host besides operations: make its line quick, read it once, say that it failed."""

import socket

from pyinfra import logger
from pyinfra.api.host import Host
from statafleet_sent.wire import Observed

from statafleet import layout
from statafleet.observed.state import NotUsable
from statafleet.run.fact import HostSnapshot, question
from statafleet.secrets import veil
from statafleet.secrets.secret import SignIn
from statafleet.settings.model.fleet import HostSettings
from statafleet.settings.model.jupyter import ON_HOST


def quicken(host: Host) -> None:
    """paramiko leaves Nagle's algorithm on: 45 ms lost a command on a LAN."""
    client = getattr(host.connector, "client", None)
    if client is not None:
        client.get_transport().sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def snapshot(host: Host, settings: HostSettings) -> tuple[Observed, dict[str, SignIn | None]] | None:
    """What was seen, and the secrets that the host has now by owner; None after the host was failed."""
    key = veil.new_key()
    owners = [server.owner for server in settings.servers]
    asked = question(
        root=layout.root(settings.scope),
        scope=settings.scope,
        owners=owners,
        ports=[port for server in settings.servers for port in server.jupyter.listening.ports],
        directories={server.owner: server.jupyter.directory for server in settings.servers},
        tls=tls_on_host(settings),
        stata=settings.stata.path,
        veil_key=key,
    )
    seen = host.get_fact(HostSnapshot, python=settings.python, _stdin=asked)
    if isinstance(seen, NotUsable):
        fail(host, str(seen))
        return None
    if seen is None:
        # pyinfra says why a command failed, and nothing of one that ended well and silently.
        if host not in host.state.failed_hosts:
            fail(host, "the host sent nothing; see that its login shell runs commands, and its disk is not full")
        return None
    return seen, {owner: veil.lifted(veiled, key, owner) for owner, veiled in seen.veiled_secrets.items()}


def tls_on_host(settings: HostSettings) -> dict[str, str]:
    """Owner -> the path of a certificate that lies on the host already."""
    tls = {server.owner: server.jupyter.tls for server in settings.servers}
    return {owner: pair.certificate.removeprefix(ON_HOST) for owner, pair in tls.items() if pair and pair.on_host}


def fail(host: Host, *lines: str) -> None:
    """Say why in red; this host takes no further part, the others go on, and the run ends with 1."""
    for line in lines:
        host.log_styled(line, fg="red", log_func=logger.error)
    host.state.fail_hosts({host})  # type: ignore[no-untyped-call]


def warn(host: Host, *lines: str) -> None:
    for line in lines:
        host.log_styled(line, fg="yellow", log_func=logger.warning)
