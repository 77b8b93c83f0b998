"""What a host can be made into: from its settings and what was seen to its answers, or every reason why not."""

from collections.abc import Iterator, Mapping

from statafleet.desired.answers import Account, Answers
from statafleet.desired.environments import PYTHONS
from statafleet.layout import Layout
from statafleet.observed.state import Observed
from statafleet.secrets.secret import Hash, KeyPair, SignIn, Token
from statafleet.settings.model.fleet import HostSettings
from statafleet.settings.model.jupyter import SOCKET

# Two environments take 0.35 GB, and for a moment stand beside the old ones.
ROOM = 1_000_000_000
# sun_path of a unix socket, less the byte that ends it.
LONGEST_SOCKET = 107
MACHINES = ("x86_64", "aarch64")


def reasons(settings: HostSettings, seen: Observed) -> Iterator[str]:
    """Why this host cannot be worked on, each with what to do."""
    if settings.scope == "system":
        yield from system_reasons(seen)
    else:
        yield from user_reasons(settings, seen)
    yield from machine_reasons(seen)
    yield from port_reasons(settings, seen)
    yield from path_reasons(settings, seen)
    yield from owner_reasons(seen)


def machine_reasons(seen: Observed) -> Iterator[str]:
    if seen.python_version not in PYTHONS:
        newest = PYTHONS[-1]
        yield f"Python {seen.python_version} is newer than {newest}, the newest with a lock; name another in `python:`"
    if seen.machine not in MACHINES:
        yield f"the processor is {seen.machine}; supported: {', '.join(MACHINES)}"
    if seen.free < ROOM and seen.release is None:
        yield f"{seen.root} has {seen.free // 1_000_000} MB left; a first run needs {ROOM // 1_000_000} MB"


def owner_reasons(seen: Observed) -> Iterator[str]:
    for owner, folder in seen.missing.items():
        yield f"{owner}: the folder {folder} is not on this host; make it, or correct `jupyter.directory`"
    for owner, digest in seen.tls_digests.items():
        if not digest:
            yield f"{owner}: the certificate of `tls:` is not on this host; put it there, or correct the path"
    for owner, account in seen.accounts.items():
        if account is None:
            yield f"{owner}: there is no such account on this host; make it, or take it out of `servers:`"
        elif owner in seen.homeless:
            yield f"{owner}: the home folder {account.home} does not exist; make it, owned by {owner}"


def system_reasons(seen: Observed) -> Iterator[str]:
    if not seen.is_root:
        yield "`scope: system` needs root: connect as root, set `sudo: true`, or set `scope: user`"
    if not seen.systemd:
        yield "`scope: system` needs systemd, which does not run on this host; set `scope: user`"


def user_reasons(settings: HostSettings, seen: Observed) -> Iterator[str]:
    others = sorted(server.owner for server in settings.servers if server.owner != seen.login.name)
    if others:
        yield f"`scope: user` serves the account we connect as, {seen.login.name}, and not {', '.join(others)}"


def port_reasons(settings: HostSettings, seen: Observed) -> Iterator[str]:
    for server in settings.servers:
        for stranger in seen.strangers:
            if server.jupyter.bind != SOCKET and stranger.port == server.jupyter.port:
                who = f"{stranger.program} (pid {stranger.pid}, " if stranger.pid else "a program ("
                yield (
                    f"{server.owner}: port {stranger.port} is taken by {who}account {stranger.account}); "
                    "end that, or give the server another `port:`"
                )


def path_reasons(settings: HostSettings, seen: Observed) -> Iterator[str]:
    for server in settings.servers:
        longest = layout(settings, seen.root).longest_socket(server.owner)
        if len(longest) > LONGEST_SOCKET:
            what = f"{server.owner}: {len(longest)} characters for the path of a kernel's socket, {longest}"
            yield f"{what}; at most {LONGEST_SOCKET}: choose an account with a shorter name or home"


def layout(settings: HostSettings, root: str) -> Layout:
    return Layout(root, settings.scope, "systemd" if settings.scope == "system" else "supervisor")


def missing_stata(settings: HostSettings, seen: Observed) -> str | None:
    """A Stata that was named and is not there: the host gets Jupyter, and the run fails."""
    if settings.stata.kernel == "none" or settings.stata.path == "auto" or seen.stata_found:
        return None
    return f"Jupyter only: there is no program at {settings.stata.path}; install Stata there, or correct `stata.path`"


def warnings(settings: HostSettings, seen: Observed) -> Iterator[str]:
    for owner in sorted(account.name for account in seen.accounts.values() if account and account.uid == 0):
        yield f"{owner}: a Jupyter server of root can do anything on this host; better a server for an ordinary account"
    if seen.python_version == "3.10":
        yield "Python 3.10: its last tornado has known holes (locks/minimum-versions.toml); better a newer Python"
    if settings.stata.kernel != "none" and settings.stata.path == "auto" and not seen.stata:
        yield "Jupyter only: no Stata in /usr/local/stata*, /opt/stata* or on PATH; name it with `stata: {path: …}`"


def answers(
    settings: HostSettings,
    seen: Observed,
    secrets: Mapping[str, SignIn],
    tls: Mapping[str, KeyPair],
) -> Answers:
    """Only for a host without `reasons`."""
    return Answers(
        layout=layout(settings, seen.root),
        python=seen.python,
        python_version=seen.python_version,
        machine=seen.machine,
        accounts={name: account for name, account in seen.accounts.items() if account},
        stata=seen.stata if settings.stata.kernel != "none" and seen.stata_found else "",
        secrets=secrets,
        tls=tls,
        tls_digests=seen.tls_digests,
    )


def imagined(settings: HostSettings) -> Answers:
    """For looking at a release without a host: plain homes, Debian's Python, secrets masked."""
    root = "/opt/stata-fleet" if settings.scope == "system" else "/home/ACCOUNT/.local/share/stata-fleet"
    owners = [server.owner for server in settings.servers]
    stata = "/usr/local/stata/stata-mp" if settings.stata.path == "auto" else settings.stata.path
    return Answers(
        layout=layout(settings, root),
        python="/usr/bin/python3",
        python_version=PYTHONS[1],
        machine=MACHINES[0],
        accounts={owner: Account(owner, 1000, f"/home/{owner}") for owner in owners},
        stata=stata if settings.stata.kernel != "none" else "",
        secrets={server.owner: (Hash if server.jupyter.password else Token)("*****") for server in settings.servers},
    )
