"""What each program is asked and what it answers: written once, imported by both ends.

Plain dataclasses, since a host has the standard library alone; the controller validates what comes back against them.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from statafleet_host.probe.task import Check, Task

Manager = Literal["systemd", "systemd-user", "supervisor"]
Scope = Literal["system", "user"]
Completion = Literal["", "stata_kernel"]
Verb = Literal["link", "unlink", "reload", "let-go", "listen", "start", "stop", "restart"]
Said = Literal["secret", "certificate", "nobody"]
T = TypeVar("T")


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
    that are as they were built; `well` is what the last gate that looked at this release found, but for the servers of
    the owners in `failed`.
    """

    id: str
    files: dict[str, str]
    description: Description
    damaged: tuple[str, ...]
    well: bool
    intact: tuple[str, ...]
    failed: tuple[str, ...] = ()


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

    `enabled`: it starts at boot. `stale`: the service manager has not read its newest files. `digest` is of all that
    needs a restart; `sign_in` and `certificate` are of the secret and the certificate that count now. What the service
    manager holds for it, whether it runs or not: `listens` is the address, `socket` the sha256 of the unit that says
    so; both are empty where it holds nothing.
    """

    pid: int = 0
    enabled: bool = False
    stale: bool = False
    digest: str = ""
    sign_in: str = ""
    certificate: str = ""
    listens: str = ""
    socket: str = ""
    sessions: Sessions = Sessions()


@dataclass(frozen=True)
class PortHolder:
    """Somebody else's program that keeps us from listening at `wanted`; `pid` is 0 where only root may know."""

    port: int
    pid: int
    program: str
    account: str
    wanted: str


@dataclass(frozen=True)
class KeyPair:
    """The paths of a certificate and its key that lie on the host."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Certificate:
    """One that lies on the host with its chain, PEM; or what is wrong with it or its key."""

    pem: str = ""
    wrong: str = ""


@dataclass(frozen=True)
class Changeable:
    """`place`, on the way to something that root opens, is not root's alone: `account` can change it."""

    place: str
    account: str


@dataclass(frozen=True)
class Lease:
    """Who works on a host from the first write to the verdict; `since` is UTC by the host's clock, ISO 8601.

    `who` is what they said, `seen` what the host itself knows.
    """

    run: str
    who: str
    why: str
    since: str
    seen: str


@dataclass(frozen=True)
class LeaseWanted:
    """A run that is about to write: `expects` is the id of the release that was switched on when it read the host.

    `takes_over` is another run, of which the controller knows that it is over.
    """

    run: str
    who: str
    why: str
    expects: str
    takes_over: str = ""


@dataclass(frozen=True)
class ObserveQuestion:
    """`directories` and `tls` are by owner: the folder that a server shows, a certificate that lies on the host.

    `addresses` are those to listen at, with ports. `root` and `directories` may begin with `~`; `veil_key` is this
    run's, for the secrets on their way back.
    """

    root: str
    scope: Scope
    owners: tuple[str, ...]
    addresses: tuple[str, ...]
    directories: dict[str, str]
    tls: dict[str, KeyPair]
    stata: str
    veil_key: str = field(repr=False)


@dataclass(frozen=True)
class Observed:
    """A host as it was seen.

    By owner: `accounts` (None: there is none), `servers`, `unit_links` (where a server's drop-in folder points; the
    template's owner is empty), `veiled_secrets`, `missing_folders`, `tls_on_host`. By path, of what root opens:
    `changeable`; for a folder its own owner does not count. `hidden` are the owners' folders that the service manager
    hides from a server. `sudo_logs_input`: what we send lands in a log.
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
    tls_on_host: dict[str, Certificate]
    changeable: dict[str, Changeable]
    hidden: tuple[str, ...]
    sudo_logs_input: bool
    lease: Lease | None


@dataclass(frozen=True)
class UvWheel:
    """`folder` names its version; the host that has it already is sent neither digest nor content (base64)."""

    folder: str
    sha256: str = ""
    content: str = field(default="", repr=False)


@dataclass(frozen=True)
class EnvironmentWanted:
    """`wheels` are our own, file name to base64; `completion` is what a kernel's packages leave for us to do."""

    id: str
    python: str
    lock: str = field(repr=False)
    wheels: dict[str, str] = field(repr=False)
    completion: Completion


@dataclass(frozen=True)
class BuildQuestion:
    """`uv_settings` is uv.toml, in which addresses may hold passwords; `ca_bundle` is PEM, or empty."""

    root: str
    lease: LeaseWanted
    uv: UvWheel
    uv_settings: str = field(repr=False)
    ca_bundle: str = field(repr=False)
    environments: tuple[EnvironmentWanted, ...]


@dataclass(frozen=True)
class SwitchQuestion:
    """`archive` is a tar file in base64; `kept` are files that the release has from the one that is switched on."""

    root: str
    lease: LeaseWanted
    id: str
    archive: str = field(repr=False)
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """`owner` is empty where the step is about no server: the template's link, a reload."""

    do: Verb
    owner: str = ""


@dataclass(frozen=True)
class HandOver:
    """What a running server is told, in place of a restart: that another secret or certificate counts, or nobody's.

    `files` hold it: the secret, or the certificate and its key. `digest` is what the next run knows it by.
    `may_restart`: a server that cannot be told is restarted.
    """

    owner: str
    said: Said
    digest: str
    probe_socket: str
    files: tuple[str, ...] = ()
    may_restart: bool = False


@dataclass(frozen=True)
class Untold:
    """A running server that did not take it, and for which a restart would be too much."""

    owner: str
    said: Said
    reason: str


@dataclass(frozen=True)
class ServeQuestion:
    """`programs` is the folder that supervisor is in. What is to be told comes before all steps."""

    root: str
    lease: LeaseWanted
    manager: Manager
    programs: str
    steps: tuple[Step, ...]
    tell: tuple[HandOver, ...] = ()


@dataclass(frozen=True)
class ServeAnswer:
    untold: tuple[Untold, ...]
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GateQuestion:
    """One probe for each owner; its `pid` is the host's to fill in. Without a lease it only looks."""

    root: str
    manager: Manager
    python: str
    probes: dict[str, Task]
    lease: LeaseWanted | None


@dataclass(frozen=True)
class Evidence:
    """What a server's probe saw, and the certificate that the server shows, PEM, empty where there is none."""

    checks: tuple[Check, ...]
    certificate: str = ""


@dataclass(frozen=True)
class GateAnswer:
    servers: dict[str, Evidence]


@dataclass(frozen=True)
class SettleQuestion:
    """The end of a run: the verdict on the release that is switched on, and the owners whose servers are not well."""

    root: str
    lease: LeaseWanted
    release: str
    well: bool
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class RemoveQuestion:
    root: str
    scope: Scope
    lease: LeaseWanted


@dataclass(frozen=True)
class RemoveAnswer:
    """What of ours could not be taken away."""

    left: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """It was done; there is nothing to tell."""


def plain(value: Any) -> dict[str, Any]:
    """As JSON has it."""
    return dataclasses.asdict(value)


def dumped(value: Any) -> str:
    return json.dumps(plain(value))


def parse(kind: type[T], text: str) -> T:
    """JSON as a value of `kind`; ValueError, and nothing else, where it is not one."""
    try:
        found: T = read(kind, json.loads(text))
    except RecursionError:
        raise ValueError("nested too deep") from None
    return found


def read(kind: Any, data: Any) -> Any:
    """What JSON gave, as a value of `kind`: dataclasses, tuples and dicts too. Keys that it lacks are passed over."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if dataclasses.is_dataclass(kind) and isinstance(data, dict):
        return _called(kind, dict(_fields(kind, data)))
    if origin is tuple and isinstance(data, list):
        return tuple(read(inner[0], each) for each in data)
    if origin is dict and isinstance(data, dict):
        return {name: read(inner[1], each) for name, each in data.items()}
    if origin is types.UnionType:
        return None if data is None and types.NoneType in inner else read(inner[0], data)
    if kind is Any or (origin is Literal and data in inner) or type(data) is kind:
        return data
    if kind is float and type(data) is int:
        return float(data)
    raise ValueError(f"not {getattr(kind, '__name__', kind)}: {type(data).__name__}")


def _fields(kind: Any, data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    kinds = typing.get_type_hints(kind)
    return ((name, read(kinds[name], value)) for name, value in data.items() if name in kinds)


def _called(kind: Any, fields: dict[str, Any]) -> Any:
    try:
        return kind(**fields)
    except TypeError as error:  # one is missing
        raise ValueError(str(error)) from None
