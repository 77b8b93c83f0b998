"""Servers that cannot be worked on now: a release keeps what the one that is switched on has of them."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from statafleet_sent.wire import Installed

from statafleet.desired.files import KeptFile

NOT_OURS = " of "


@dataclass(frozen=True)
class Kept:
    """Of `owners`: files by what is known of them, and their parts of the description.

    `environments` are those that their servers run from, by names that no environment of a release has.
    """

    owners: frozenset[str] = frozenset()
    files: tuple[KeptFile, ...] = ()
    servers: Mapping[str, Any] = field(default_factory=dict)
    environments: Mapping[str, str] = field(default_factory=dict)


NOTHING = Kept()


def as_it_is(owners: Collection[str], now: Installed | None) -> Kept:
    """What was changed by hand is not kept."""
    if not owners or now is None:
        return Kept(frozenset(owners))
    return Kept(
        owners=frozenset(owners),
        files=tuple(files(owners, now)),
        servers={owner: known for owner, known in now.description.servers.items() if owner in owners},
        environments={name: made for owner in sorted(owners) for name, made in environments(owner, now)},
    )


def files(owners: Collection[str], now: Installed) -> Iterator[KeptFile]:
    for path, sha256 in now.files.items():
        if owner(path) in owners and path not in now.damaged:
            yield KeptFile(path, sha256)


def owner(path: str) -> str:
    """Whose a file of a release is; empty where it is everybody's."""
    found = re.match(r"(?:secrets|servers)/([^/]+)/|units/stata-fleet@([^/]+)\.(?:service|socket)(?:\.d)?(?:/|$)", path)
    return (found[1] or found[2]) if found else ""


def environments(owner: str, now: Installed) -> Iterator[tuple[str, str]]:
    """As this owner has them: of the release that was his last, if it was kept before."""
    if owner not in now.description.servers:
        return
    his = {name: made for name, made in now.description.environments.items() if name.endswith(f"{NOT_OURS}{owner}")}
    shared = {name: made for name, made in now.description.environments.items() if NOT_OURS not in name}
    yield from his.items() if his else ((f"{name}{NOT_OURS}{owner}", made) for name, made in shared.items())
