"""From the fleet to the groups and the host data that pyinfra understands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from statafleet.inventory.fleet import Fleet
    from statafleet.settings.model.fleet import HostSettings

T = TypeVar("T")


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
        "stata_fleet_passwords": _of_host(fleet.passwords, host.name),
        "stata_fleet_tls": _of_host(fleet.tls, host.name),
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
