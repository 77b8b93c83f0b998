"""What each program is asked and what it answers: written once, imported by both ends.

Plain dataclasses, since a host has the standard library alone; the controller validates what comes back against them.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

Manager = str


@dataclass(frozen=True)
class Account:
    """A Unix account as the host knows it."""

    name: str
    uid: int
    home: str
    has_home: bool


@dataclass(frozen=True)
class Interpreter:
    """The Python that runs our programs; `version` as 3.11."""

    path: str
    version: str


@dataclass(frozen=True)
class Console:
    """Stata's console program; `path` is empty where none was named or found."""

    path: str
    found: bool


@dataclass(frozen=True)
class Description:
    """What a release says of itself in `release.json`, for people and for the next comparison; it holds no secret.

    `servers` has each owner's settings, `environments` the id of each by its name.
    """

    servers: dict[str, dict[str, Any]]
    environments: dict[str, str]
    stata: dict[str, Any]


@dataclass(frozen=True)
class Installed:
    """The release that is switched on.

    `files` has the sha256 of each, `damaged` those that are not as they were put there, `intact` the environments
    that are as they were built; `well` is what the last gate that looked at this release found.
    """

    id: str
    files: dict[str, str]
    description: Description
    damaged: tuple[str, ...]
    well: bool
    intact: tuple[str, ...]


@dataclass(frozen=True)
class Sessions:
    """What a restart of a server would end: its kernels, and its terminals and other children."""

    kernels: int = 0
    others: int = 0

    def __bool__(self) -> bool:
        return bool(self.kernels or self.others)


@dataclass(frozen=True)
class Running:
    """A server's process (`pid` 0: none) and what it was started from.

    `enabled`: it starts at boot. `stale`: the service manager has not read its newest files.
    """

    pid: int = 0
    enabled: bool = False
    stale: bool = False
    digest: str = ""
    sessions: Sessions = Sessions()


@dataclass(frozen=True)
class PortHolder:
    """Somebody else's program that listens on a port that we want; `pid` is 0 where only root may know."""

    port: int
    pid: int
    program: str
    account: str


@dataclass(frozen=True)
class Lease:
    """Who works on a host from the first write to the verdict; `since` is UTC by the host's clock, ISO 8601."""

    run: str
    who: str
    why: str
    since: str


@dataclass(frozen=True)
class ObserveQuestion:
    """`directories` and `tls` are by owner: the folder that a server shows, a certificate that lies on the host.

    `root` and `directories` may begin with `~`; `veil_key` is this run's, for the secrets on their way back.
    """

    root: str
    scope: str
    owners: tuple[str, ...]
    ports: tuple[int, ...]
    directories: dict[str, str]
    tls: dict[str, str]
    stata: str
    veil_key: str


@dataclass(frozen=True)
class Observed:
    """A host as it was seen.

    By owner: `accounts` (None: there is none), `servers`, `unit_links` (where a server's drop-in folder points; the
    template's owner is empty), `veiled_secrets`, `missing_folders`, and `tls_on_host`, the certificate as PEM, empty
    where it cannot be read.
    """

    root: str
    is_root: bool
    has_systemd: bool
    python: Interpreter
    machine: str
    login: Account
    accounts: dict[str, Account | None]
    installed: Installed | None
    servers: dict[str, Running]
    port_holders: tuple[PortHolder, ...]
    unit_links: dict[str, str]
    veiled_secrets: dict[str, str]
    stata: Console
    missing_folders: dict[str, str]
    uv_versions: tuple[str, ...]
    free_bytes: int
    has_ca_store: bool
    tls_on_host: dict[str, str]
    lease: Lease | None


def plain(answer: Any) -> dict[str, Any]:
    """As JSON has it."""
    return dataclasses.asdict(answer)


@dataclass(frozen=True)
class LeaseWanted:
    run: str
    who: str
    why: str
    expects: str


@dataclass(frozen=True)
class Check:
    name: str
    ok: bool
    saw: str
    fix: str


@dataclass(frozen=True)
class Evidence:
    checks: tuple[Check, ...]
    certificate: str


@dataclass(frozen=True)
class GateAnswer:
    servers: dict[str, Evidence]
