"""The few things that only the host can tell and that its release depends on."""

from collections.abc import Mapping
from dataclasses import dataclass

from statafleet.place import Place


@dataclass(frozen=True)
class Account:
    """A Unix account as the host knows it."""

    name: str
    uid: int
    home: str


@dataclass(frozen=True)
class Traits:
    """A host's own answers.

    `secrets` has a line per owner: a password's hash, or `token:` and the token.
    `stata` is the console's path, empty where there is none.
    """

    place: Place
    python: str
    python_version: str
    machine: str
    accounts: Mapping[str, Account]
    stata: str
    secrets: Mapping[str, str]
