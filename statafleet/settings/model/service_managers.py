"""The service managers: which one a host gets, and what each can do for a server.

The files that each is told by are made in `desired/managers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statafleet_sent.wire import Manager, Scope

Service = Literal["auto", "systemd", "systemd-user", "supervisor"]
Ability = Literal["limits", "seal", "credentials", "boot", "hold"]

ABILITIES: Mapping[Ability, str] = {
    "limits": "hold a server to its limits",
    "seal": "keep a server off the network",
    "credentials": "hand a server files that only root can read",
    "boot": "start the servers when the host starts",
    "hold": "hold a server's address while the server is stopped",
}


@dataclass(frozen=True)
class ServiceManager:
    name: Manager
    scope: Scope
    can: frozenset[Ability]


# `auto` is the first of its scope.
SERVICE_MANAGERS = (
    ServiceManager("systemd", "system", frozenset({"limits", "seal", "credentials", "boot", "hold"})),
    ServiceManager("supervisor", "user", frozenset()),
    ServiceManager("systemd-user", "user", frozenset()),
)


def chosen(scope: Scope, service: Service) -> ServiceManager:
    """The one that was named, which may be of the other scope, or else the scope's own."""
    if service == "auto":
        return next(each for each in SERVICE_MANAGERS if each.scope == scope)
    return next(each for each in SERVICE_MANAGERS if each.name == service)
