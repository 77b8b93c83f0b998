"""What a host can be made into: settings and what was seen -> its answers, or every reason why not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256

from statafleet_sent.wire import Account, Observed, Running

from statafleet.desired.answers import Answers
from statafleet.desired.environments import PYTHONS
from statafleet.desired.services.server import folders
from statafleet.layout import Layout
from statafleet.layout import root as default_root
from statafleet.report.finding import Finding, Kind
from statafleet.secrets.secret import Hash, KeyPair, SignIn, Token
from statafleet.settings.model.fleet import HostSettings, ServerSettings
from statafleet.settings.model.jupyter import ON_HOST

# Two environments take 0.35 GB, and for a moment stand beside the old ones.
ROOM = 1_000_000_000
# sun_path of a unix socket, less the byte that ends it.
LONGEST_SOCKET = 107
NOT_RUNNING = Running()
MACHINES = ("x86_64", "aarch64")


def refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    """Why this host cannot be worked on."""
    if settings.scope == "system":
        yield from system_refusals(seen)
    else:
        yield from user_refusals(settings, seen)
    yield from machine_refusals(seen)


def machine_refusals(seen: Observed) -> Iterator[Finding]:
    if seen.python.version not in PYTHONS:
        values = {"version": seen.python.version, "newest": PYTHONS[-1]}
        yield Finding(Kind.PYTHON_TOO_NEW, place=seen.python.path, values=values)
    if seen.machine not in MACHINES:
        yield Finding(Kind.PROCESSOR, values={"machine": seen.machine, "supported": MACHINES})
    if seen.free_bytes < ROOM and seen.installed is None:
        megabytes = {"megabytes": seen.free_bytes // 1_000_000, "needed": ROOM // 1_000_000}
        yield Finding(Kind.DISK_FULL, place=seen.root, values=megabytes)


def system_refusals(seen: Observed) -> Iterator[Finding]:
    if not seen.is_root:
        yield Finding(Kind.NOT_ROOT)
    if not seen.has_systemd:
        yield Finding(Kind.NO_SYSTEMD)
    if seen.root in seen.changeable:
        yield changeable(Kind.ROOT_CHANGEABLE, "", seen.root, seen)


def user_refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    others = tuple(sorted(server.owner for server in settings.servers if server.owner != seen.login.name))
    if others:
        yield Finding(Kind.NOT_OUR_ACCOUNT, values={"login": seen.login.name, "others": others})


def owner_refusals(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    """Why single servers cannot be worked on; the host's others can."""
    for server in settings.servers:
        yield from account_refusals(server, seen)
        yield from certificate_refusals(server, seen)
        yield from port_refusals(server, seen)
        longest = layout(settings, seen.root).longest_socket(server.owner)
        if len(longest) > LONGEST_SOCKET:
            values = {"length": len(longest), "most": LONGEST_SOCKET}
            yield Finding(Kind.SOCKET_PATH_TOO_LONG, server.owner, longest, values)


def account_refusals(server: ServerSettings, seen: Observed) -> Iterator[Finding]:
    owner, account = server.owner, seen.accounts[server.owner]
    if account is None:
        yield Finding(Kind.NO_ACCOUNT, owner)
        return
    if not account.has_home:
        yield Finding(Kind.NO_HOME, owner, account.home)
    # A folder that its owner, or whoever has his password, took away keeps no new password from a server that runs.
    if owner in seen.missing_folders and not seen.servers.get(owner, NOT_RUNNING).pid:
        yield Finding(Kind.NO_FOLDER, owner, seen.missing_folders[owner])
    for folder in folders(server, account):
        if folder in seen.hidden and folder in seen.changeable:
            yield changeable(Kind.FOLDER_CHANGEABLE, owner, folder, seen)


def certificate_refusals(server: ServerSettings, seen: Observed) -> Iterator[Finding]:
    owner, pair = server.owner, seen.tls_on_host.get(server.owner)
    if pair is None or server.jupyter.tls is None:
        return
    paths = [path.removeprefix(ON_HOST) for path in (server.jupyter.tls.certificate, server.jupyter.tls.key)]
    unsafe = [path for path in paths if path in seen.changeable]
    yield from (changeable(Kind.CERTIFICATE_CHANGEABLE, owner, path, seen) for path in unsafe)
    if not unsafe and not pair.pem:
        yield Finding(Kind.CERTIFICATE_UNUSABLE, owner, paths[0], {"reason": pair.wrong or "it holds no certificate"})


def port_refusals(server: ServerSettings, seen: Observed) -> Iterator[Finding]:
    for holder in seen.port_holders:
        if holder.wanted in server.jupyter.listening.listen:
            kind = Kind.PORT_TAKEN if holder.pid else Kind.PORT_TAKEN_BY_ACCOUNT
            yield Finding(kind, server.owner, values=asdict(holder))


def changeable(kind: Kind, owner: str, path: str, seen: Observed) -> Finding:
    by = seen.changeable[path]
    return Finding(kind, owner, path, {"part": by.place, "account": by.account})


def served(settings: HostSettings, refused: Iterable[Finding]) -> HostSettings:
    """Without the servers that cannot be worked on."""
    owners = {finding.owner for finding in refused}
    return settings.model_copy(update={"servers": tuple(each for each in settings.servers if each.owner not in owners)})


def nobody_left(settings: HostSettings, refused: Sequence[Finding], seen: Observed) -> bool:
    """Whether there is nothing to work on: no server can be made, and there is no release to take one out of."""
    return bool(refused) and not settings.servers and (seen.installed is None or settings.scope == "user")


def layout(settings: HostSettings, root: str) -> Layout:
    return Layout(root, settings.scope, settings.manager.name)


def warnings(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    for owner in sorted(account.name for account in seen.accounts.values() if account and account.uid == 0):
        yield Finding(Kind.OWNER_IS_ROOT, owner)
    if seen.python.version == "3.10":
        yield Finding(Kind.PYTHON_HAS_HOLES, place=seen.python.path, values={"version": seen.python.version})
    if seen.stata.path in seen.changeable and settings.stata.kernel != "none":
        yield changeable(Kind.STATA_CHANGEABLE, "", seen.stata.path, seen)
    if seen.sudo_logs_input:
        yield Finding(Kind.SUDO_LOGS_INPUT)
    if settings.stata.kernel != "none" and settings.stata.path == "auto" and not seen.stata.found:
        yield Finding(Kind.NO_STATA_FOUND, place="/usr/local/stata*, /opt/stata* or on PATH")


def answers(
    settings: HostSettings,
    seen: Observed,
    secrets: Mapping[str, SignIn],
    tls: Mapping[str, KeyPair],
) -> Answers:
    """Only for a host without `refusals`, and servers without any of their own."""
    return Answers(
        layout=layout(settings, seen.root),
        python=seen.python.path,
        python_version=seen.python.version,
        machine=seen.machine,
        accounts={name: account for name, account in seen.accounts.items() if account},
        hidden=seen.hidden,
        stata=seen.stata.path if settings.stata.kernel != "none" and seen.stata.found else "",
        secrets=secrets,
        tls=tls,
        tls_digests={owner: sha256(pair.pem.encode()).hexdigest() for owner, pair in seen.tls_on_host.items()},
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
        hidden=[f"/home/{owner}" for owner in owners],
        stata=stata if settings.stata.kernel != "none" else "",
        secrets={server.owner: (Hash if server.jupyter.password else Token)("*****") for server in settings.servers},
    )
