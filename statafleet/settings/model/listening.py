"""Where a server listens: its URL, its ports, and who can reach it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Port:
    """A port of an address of the host; `base_url` is the path of the server's pages."""

    address: str
    number: int
    tls: bool = False
    base_url: str = "/"

    @property
    def authority(self) -> str:
        return f"[{self.address}]:{self.number}" if ":" in self.address else f"{self.address}:{self.number}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.base_url}"

    @property
    def ports(self) -> tuple[int, ...]:
        """That nobody else on the host may have."""
        return (self.number,)

    @property
    def listen(self) -> tuple[str, ...]:
        """All that the server's process may listen on over TCP."""
        return (self.authority,)

    @property
    def public(self) -> bool:
        """Other machines reach it."""
        return not ipaddress.ip_address(self.address).is_loopback

    def reached_at(self, name: str) -> Port:
        """`name` is where it is reached if it listens on every address of the host: those are none to connect to."""
        return replace(self, address=name) if ipaddress.ip_address(self.address).is_unspecified else self


@dataclass(frozen=True)
class Socket:
    """A unix socket in the folder that its owner alone can open."""

    url: None = None
    ports: tuple[int, ...] = ()
    listen: tuple[str, ...] = ()
    public: bool = False


Listening = Port | Socket
