"""The few things that only the host can tell and that its release depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from statafleet_sent.wire import Account

from statafleet.layout import Layout


@dataclass(frozen=True)
class Answers:
    """A host's own answers.

    `secrets` has a line per owner: a password's hash, or `token:` and the token.
    `stata` is the console's path, empty where there is none. `certificates` has, for owners whose certificate comes
    from the controller, the certificate and its key; for those that lie on the host, `certificate_digests` tells when
    they were renewed.
    """

    layout: Layout
    python: str
    python_version: str
    machine: str
    accounts: Mapping[str, Account]
    stata: str
    secrets: Mapping[str, str]
    certificates: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    certificate_digests: Mapping[str, str] = field(default_factory=dict)
