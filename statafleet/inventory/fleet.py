"""All hosts with their settings, and what the controller knows of their secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statafleet.secrets.secret import Clear, KeyPair
    from statafleet.settings.model.fleet import HostSettings


@dataclass(frozen=True)
class Fleet:
    """`passwords` and `tls` are by host and owner."""

    hosts: tuple[HostSettings, ...]
    passwords: Mapping[tuple[str, str], Clear] = field(default_factory=dict)
    tls: Mapping[tuple[str, str], KeyPair] = field(default_factory=dict)

    def host(self, name: str) -> HostSettings:
        return next(host for host in self.hosts if host.name == name)
