"""What a release depends on besides the settings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from statafleet_sent.wire import Account

from statafleet.layout import Layout
from statafleet.secrets.secret import KeyPair, SignIn


@dataclass(frozen=True)
class Answers:
    """What the host answered, and the secrets that were chosen for its servers.

    `stata` is the console's path, empty where there is none. `secrets`, `tls` and `tls_digests` are by owner: `tls` for
    certificates that come from the controller; `tls_digests` tell when those that lie on the host were renewed.
    `hidden` are the folders of owners that the service manager hides from a server.
    """

    layout: Layout
    python: str
    python_version: str
    machine: str
    accounts: Mapping[str, Account]
    stata: str
    secrets: Mapping[str, SignIn]
    tls: Mapping[str, KeyPair] = field(default_factory=dict)
    tls_digests: Mapping[str, str] = field(default_factory=dict)
    hidden: Collection[str] = ()
