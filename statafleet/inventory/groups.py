"""From the fleet to the groups and the host data that pyinfra understands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from statafleet.settings.problems.problem import NOT_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet.settings.model.fleet import Fleet, HostSettings


T = TypeVar("T")


class ByOwner(Mapping[str, T]):
    """Owner to a secret; no dict, for pyinfra prints host data and knows no secret in one."""

    def __init__(self, clear: Mapping[str, T]) -> None:
        self._clear = dict(clear)

    def __getitem__(self, owner: str) -> T:
        return self._clear[owner]

    def __iter__(self) -> Iterator[str]:
        return iter(self._clear)

    def __len__(self) -> int:
        return len(self._clear)

    def __repr__(self) -> str:
        return f"ByOwner({self._clear})"

    def to_json(self) -> dict[str, str]:
        return dict.fromkeys(self, NOT_SHOWN)


def groups(fleet: Fleet) -> dict[str, list[Any]]:
    """`all` with the hosts' data, then a group for each group and for each host, by name."""
    named: dict[str, list[Any]] = {"all": [(host.name, data(fleet, host)) for host in fleet.hosts]}
    for host in fleet.hosts:
        for group in host.groups:
            named.setdefault(group, []).append(host.name)
    return named | {host.name: [host.name] for host in fleet.hosts}


def data(fleet: Fleet, host: HostSettings) -> dict[str, Any]:
    return {
        "stata_fleet": host,
        "stata_fleet_passwords": ByOwner(_of_host(fleet.clear_passwords, host.name)),
        "stata_fleet_certificates": ByOwner(_of_host(fleet.certificates, host.name)),
        "ssh_strict_host_key_checking": "yes",
        **dict(_connection(host)),
    }


def _of_host(secrets: Mapping[tuple[str, str], T], name: str) -> dict[str, T]:
    return {owner: value for (host, owner), value in secrets.items() if host == name}


def _connection(host: HostSettings) -> Iterator[tuple[str, Any]]:
    """Only what the YAML says: anything else is for the user's ssh configuration to say."""
    for key in ("user", "port", "key"):
        value = getattr(host.ssh, key)
        if key in host.ssh.model_fields_set and value is not None:
            yield f"ssh_{key}", value
    if host.sudo:
        yield "_sudo", True
