"""Hosts in memory, in few words: settings, a host's own answers, and what is seen on a host that matches them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from statafleet_sent.wire import (
    Account,
    Console,
    Description,
    Installed,
    Interpreter,
    Observed,
    Running,
)

from statafleet.desired.answers import Answers
from statafleet.desired.managers.systemd import Systemd
from statafleet.desired.release import Release, Server, release
from statafleet.layout import SYSTEM_ROOT, Layout
from statafleet.secrets.secret import Hash
from statafleet.settings.model.fleet import HostSettings
from statafleet.settings.model.listening import LOOPBACK

HASH = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"
OTHER_HASH = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUe"
TOKEN = "hunter2-hunter2-hunter2-hunter2-hunter2-hun"
CONSOLE = "/usr/local/stata18/stata-mp"

Servers = Mapping[str, Mapping[str, Any]]


def lab(servers: Servers | None = None, **settings: Any) -> HostSettings:
    """A host named econ1; every server has what `jupyter` says, and its own on top, and listens on loopback."""
    common = settings.pop("jupyter", {})
    named = {"alice": {"port": 8888}, "bob": {"port": 8889}} if servers is None else servers
    made = [{"owner": owner, "jupyter": {"bind": LOOPBACK, **common, **own}} for owner, own in named.items()]
    usual = {
        "name": "econ1",
        "groups": (),
        "ssh": {},
        "sudo": False,
        "scope": "system",
        "service": "auto",
        "python": "auto",
        "stata": {},
        "index": {},
        "packages": {},
    }
    return HostSettings.model_validate({**usual, **settings, "servers": tuple(made)})


def answers_of(settings: HostSettings, **known: Any) -> Answers:
    """Of a host of Debian's with a Stata; alice and all others sign in with a password."""
    system = settings.scope == "system"
    owners = [server.owner for server in settings.servers]
    usual: dict[str, Any] = {
        "layout": Layout(SYSTEM_ROOT, "system", "systemd")
        if system
        else Layout("/home/alice/.local/share/stata-fleet", "user", "supervisor"),
        "python": "/usr/bin/python3",
        "python_version": "3.11",
        "machine": "x86_64",
        "accounts": {
            owner: Account(owner, 1000 + at, f"/home/{owner}", has_home=True) for at, owner in enumerate(owners)
        },
        "stata": CONSOLE,
        "secrets": dict.fromkeys(owners, Hash(HASH)),
        "hidden": tuple(f"/home/{owner}" for owner in owners),
    }
    return Answers(**{**usual, **known})


def lock(package: str) -> str:
    """A lock of one package."""
    return f"{package}==1.0 ; python_version < '4' \\\n    --hash=sha256:{'0' * 64}  # via lab\n"


def made(servers: Servers | None = None, **settings: Any) -> Release:
    """The release of `lab(…)`."""
    host = lab(servers, **settings)
    return release(host, answers_of(host))


def text(wanted: Release, path: str) -> str:
    return next(file.content for file in wanted.files if file.path == path)


def empty(answers: Answers) -> Observed:
    """A host that was never seen by us."""
    return Observed(
        root=answers.layout.root,
        is_root=answers.layout.scope == "system",
        has_systemd=answers.layout.manager == "systemd",
        python=Interpreter(answers.python, answers.python_version),
        machine=answers.machine,
        login=Account("admin", 999, "/home/admin", has_home=True),
        accounts=dict(answers.accounts),
        installed=None,
        servers={},
        port_holders=(),
        unit_links={},
        veiled_secrets=dict.fromkeys(answers.accounts, ""),
        stata=Console(answers.stata, bool(answers.stata)),
        missing_folders={},
        uv_versions=(),
        free_bytes=10_000_000_000,
        has_ca_store=True,
        tls_on_host={},
        changeable={},
        hidden=tuple(answers.hidden),
        sudo_logs_input=False,
        lease=None,
    )


def installed(wanted: Release) -> Installed:
    """As the snapshot shows a release that nobody touched."""
    kept = {file.path: file.sha256 for file in wanted.kept.files}
    return Installed(
        id=wanted.id,
        files={**kept, **{file.path: file.sha256 for file in wanted.files if file.path != "manifest.json"}},
        description=Description(**wanted.description),
        damaged=(),
        well=True,
        intact=tuple(sorted(environment.id for environment in wanted.environments.values())),
    )


def running(server: Server, **facts: Any) -> Running:
    """As it was wanted then, but for `facts`."""
    known = Running(
        pid=7,
        enabled=True,
        digest=server.digest,
        sign_in=server.sign_in,
        certificate=server.certificate,
        socket=server.socket,
    )
    return replace(known, **facts)


def links(wanted: Release, root: str = SYSTEM_ROOT) -> dict[str, str]:
    """systemd's links into the current release, by owner; the template's has none."""
    return Systemd(Layout(root, "system", "systemd")).links(wanted.servers)


def converged(wanted: Release, answers: Answers) -> Observed:
    """The host on which everything is as it must be."""
    return replace(
        empty(answers),
        installed=installed(wanted),
        servers={owner: running(server) for owner, server in wanted.servers.items()},
        unit_links=links(wanted) if answers.layout.manager == "systemd" else {},
    )
