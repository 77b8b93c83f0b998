"""A host as it was seen, and how the snapshot's JSON becomes that. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from statafleet.desired.answers import Account


@dataclass(frozen=True)
class Release:
    """The release that is switched on.

    `damaged` names files that are not as they were put there; `well` is what the last gate found.
    """

    id: str
    files: Mapping[str, str]
    description: Mapping[str, Any]
    damaged: tuple[str, ...]
    well: bool
    intact: frozenset[str]


@dataclass(frozen=True)
class Server:
    """A server's process (0: none), what it was started from, and what a restart of it would end."""

    pid: int
    state: str
    enabled: bool
    stale: bool
    digest: str
    sessions: tuple[str, ...]


@dataclass(frozen=True)
class Stranger:
    """Somebody else's program that listens on a port that we want; `pid` is 0 where only root may know."""

    port: int
    pid: int
    program: str
    account: str


@dataclass(frozen=True)
class Observed:
    root: str
    is_root: bool
    systemd: bool
    python: str
    python_version: str
    machine: str
    login: Account
    accounts: Mapping[str, Account | None]
    homeless: frozenset[str]
    release: Release | None
    servers: Mapping[str, Server]
    strangers: tuple[Stranger, ...]
    units: Mapping[str, str]
    kept: Mapping[str, str]
    stata: str
    stata_found: bool
    missing: Mapping[str, str]
    tools: frozenset[str]
    free: int
    certificates: bool
    tls_digests: Mapping[str, str]


class NotUsable(Exception):
    """The host cannot be worked on; the text says why and what to do, in one line."""


def parse(lines: Sequence[str]) -> Observed:
    """The snapshot's one JSON line; what a login shell prints before it is passed over."""
    for line in reversed(lines):
        if line.startswith("unusable: "):
            raise NotUsable(line.removeprefix("unusable: "))
        if line.startswith("{") and (seen := whole(line)):
            return observed(seen)
    raise NotUsable("the host sent nothing that we understand: " + " / ".join(lines[-3:])[:300])


def whole(line: str) -> Mapping[str, Any]:
    """Empty where the line was cut off, or is somebody else's."""
    try:
        seen: Mapping[str, Any] = json.loads(line)
    except ValueError:
        return {}
    return seen if "accounts" in seen else {}


def observed(seen: Mapping[str, Any]) -> Observed:
    accounts = {name: account(entry) for name, entry in seen["accounts"].items()}
    return Observed(
        root=seen["path"],
        is_root=seen["root"],
        systemd=seen["systemd"],
        python=seen["python"]["path"],
        python_version=seen["python"]["version"],
        machine=seen["machine"],
        login=Account(seen["login"]["name"], seen["login"]["uid"], seen["login"]["home"]),
        accounts=accounts,
        homeless=frozenset(name for name, entry in seen["accounts"].items() if entry and not entry["has_home"]),
        release=release(seen["release"]),
        servers={owner: server(entry) for owner, entry in seen["servers"].items()},
        strangers=tuple(Stranger(**entry) for entry in seen["strangers"]),
        units=seen["units"],
        kept=seen["kept"],
        stata=seen["stata"]["path"],
        stata_found=seen["stata"]["found"],
        missing=seen["missing"],
        tools=frozenset(seen["tools"]),
        free=seen["free"],
        certificates=seen["certificates"],
        tls_digests=seen["tls_digests"],
    )


def account(entry: Mapping[str, Any] | None) -> Account | None:
    return Account(entry["name"], entry["uid"], entry["home"]) if entry else None


def release(entry: Mapping[str, Any] | None) -> Release | None:
    if entry is None:
        return None
    return Release(
        id=entry["id"],
        files=entry.get("files", {}),
        description=entry.get("description", {}),
        damaged=tuple(entry["damaged"]),
        well=entry.get("well", False),
        intact=frozenset(entry.get("intact", ())),
    )


def server(entry: Mapping[str, Any]) -> Server:
    return Server(
        pid=entry["pid"],
        state=entry["state"],
        enabled=entry["enabled"],
        stale=entry.get("stale", False),
        digest=entry["digest"],
        sessions=tuple(entry["sessions"]),
    )
