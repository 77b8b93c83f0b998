"""What a host can be made into: settings and what was seen -> its answers, or every reason why not."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from hashlib import sha256

from statafleet_sent.wire import Account, Observed

from statafleet.desired.answers import Answers
from statafleet.desired.environments import PYTHONS
from statafleet.layout import Layout
from statafleet.layout import root as default_root
from statafleet.report.finding import Finding, Kind
from statafleet.secrets.secret import Hash, KeyPair, SignIn, Token
from statafleet.settings.model.fleet import HostSettings

# Two environments take 0.35 GB, and for a moment stand beside the old ones.
ROOM = 1_000_000_000
# sun_path of a unix socket, less the byte that ends it.
LONGEST_SOCKET = 107
MACHINES = ("x86_64", "aarch64")


def refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    """Why this host cannot be worked on."""
    if settings.scope == "system":
        yield from system_refusals(seen)
    else:
        yield from user_refusals(settings, seen)
    yield from machine_refusals(seen)
    yield from port_refusals(settings, seen)
    yield from path_refusals(settings, seen)
    yield from owner_refusals(seen)


def machine_refusals(seen: Observed) -> Iterator[Finding]:
    if seen.python.version not in PYTHONS:
        values = {"version": seen.python.version, "newest": PYTHONS[-1]}
        yield Finding(Kind.PYTHON_TOO_NEW, place=seen.python.path, values=values)
    if seen.machine not in MACHINES:
        yield Finding(Kind.PROCESSOR, values={"machine": seen.machine, "supported": MACHINES})
    if seen.free_bytes < ROOM and seen.installed is None:
        megabytes = {"megabytes": seen.free_bytes // 1_000_000, "needed": ROOM // 1_000_000}
        yield Finding(Kind.DISK_FULL, place=seen.root, values=megabytes)


def owner_refusals(seen: Observed) -> Iterator[Finding]:
    for owner, folder in seen.missing_folders.items():
        yield Finding(Kind.NO_FOLDER, owner, folder)
    for owner, pem in seen.tls_on_host.items():
        if not pem:
            yield Finding(Kind.NO_CERTIFICATE, owner)
    for owner, account in seen.accounts.items():
        if account is None:
            yield Finding(Kind.NO_ACCOUNT, owner)
        elif not account.has_home:
            yield Finding(Kind.NO_HOME, owner, account.home)


def system_refusals(seen: Observed) -> Iterator[Finding]:
    if not seen.is_root:
        yield Finding(Kind.NOT_ROOT)
    if not seen.has_systemd:
        yield Finding(Kind.NO_SYSTEMD)


def user_refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    others = tuple(sorted(server.owner for server in settings.servers if server.owner != seen.login.name))
    if others:
        yield Finding(Kind.NOT_OUR_ACCOUNT, values={"login": seen.login.name, "others": others})


def port_refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    for server in settings.servers:
        for holder in seen.port_holders:
            if holder.port in server.jupyter.listening.ports:
                kind = Kind.PORT_TAKEN if holder.pid else Kind.PORT_TAKEN_BY_ACCOUNT
                yield Finding(kind, server.owner, values=asdict(holder))


def path_refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    for server in settings.servers:
        longest = layout(settings, seen.root).longest_socket(server.owner)
        if len(longest) > LONGEST_SOCKET:
            values = {"length": len(longest), "most": LONGEST_SOCKET}
            yield Finding(Kind.SOCKET_PATH_TOO_LONG, server.owner, longest, values)


def layout(settings: HostSettings, root: str) -> Layout:
    return Layout(root, settings.scope, settings.manager.name)


def warnings(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    for owner in sorted(account.name for account in seen.accounts.values() if account and account.uid == 0):
        yield Finding(Kind.OWNER_IS_ROOT, owner)
    if seen.python.version == "3.10":
        yield Finding(Kind.PYTHON_HAS_HOLES, place=seen.python.path, values={"version": seen.python.version})
    if settings.stata.kernel != "none" and settings.stata.path == "auto" and not seen.stata.found:
        yield Finding(Kind.NO_STATA_FOUND, place="/usr/local/stata*, /opt/stata* or on PATH")


def answers(
    settings: HostSettings,
    seen: Observed,
    secrets: Mapping[str, SignIn],
    tls: Mapping[str, KeyPair],
) -> Answers:
    """Only for a host without `refusals`."""
    return Answers(
        layout=layout(settings, seen.root),
        python=seen.python.path,
        python_version=seen.python.version,
        machine=seen.machine,
        accounts={name: account for name, account in seen.accounts.items() if account},
        stata=seen.stata.path if settings.stata.kernel != "none" and seen.stata.found else "",
        secrets=secrets,
        tls=tls,
        tls_digests={owner: sha256(pem.encode()).hexdigest() for owner, pem in seen.tls_on_host.items()},
    )


def imagined(settings: HostSettings) -> Answers:
    """For looking at a release without a host: plain homes, Debian's Python, secrets masked."""
    owners = [server.owner for server in settings.servers]
    stata = "/usr/local/stata/stata-mp" if settings.stata.path == "auto" else settings.stata.path
    return Answers(
        layout=layout(settings, default_root(settings.scope).replace("~", "/home/ACCOUNT")),
        python="/usr/bin/python3",
        python_version=PYTHONS[1],
        machine=MACHINES[0],
        accounts={owner: Account(owner, 1000, f"/home/{owner}", has_home=True) for owner in owners},
        stata=stata if settings.stata.kernel != "none" else "",
        secrets={server.owner: (Hash if server.jupyter.password else Token)("*****") for server in settings.servers},
    )
