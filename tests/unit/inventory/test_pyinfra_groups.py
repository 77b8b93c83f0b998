from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from statafleet.inventory.groups import groups
from statafleet.inventory.load import load

if TYPE_CHECKING:
    from tests.unit.inventory.conftest import Given


REPOSITORY = Path(__file__).parents[3]


def test_each_group_and_each_host_is_a_group_of_pyinfra(given: Given) -> None:
    fleet = given("hosts: {a: {groups: [x, y, x]}, b: {groups: [y]}}").fleet()

    named = groups(fleet)

    assert [name for name, _ in named.pop("all")] == ["a", "b"]
    assert named == {"x": ["a"], "y": ["a", "b"], "a": ["a"], "b": ["b"]}


def test_only_what_the_yaml_says_of_ssh_reaches_pyinfra(given: Given) -> None:
    fleet = given("hosts: {a: , b: {ssh: {user: admin, port: 22, key: /k}, sudo: true}}").fleet()

    plain, full = (dict(data) for _, data in groups(fleet)["all"])
    for data in (plain, full):
        del data["stata_fleet"], data["stata_fleet_passwords"], data["stata_fleet_tls"]

    assert plain == {"ssh_strict_host_key_checking": "yes"}
    assert full == plain | {"ssh_user": "admin", "ssh_port": 22, "ssh_key": "/k", "_sudo": True}


def test_a_fleet_cannot_be_changed(given: Given) -> None:
    fleet = given("hosts: {a: }").fleet()

    with pytest.raises((ValidationError, dataclasses.FrozenInstanceError)):
        fleet.hosts[0].sudo = True


def test_the_shipped_inventory_is_this_machine_without_root() -> None:
    host = load(REPOSITORY, account="alice").host("@local")

    assert (host.scope, host.sudo, [server.owner for server in host.servers]) == ("user", False, ["alice"])


def test_the_lab_of_the_examples_loads() -> None:
    fleet = load(REPOSITORY / "examples/lab", account="alice")

    econ1, teach = fleet.host("econ1.lab.example").server("bob"), fleet.host("teach.lab.example")
    assert econ1.jupyter.limits.memory == "64G"
    assert econ1.jupyter.idle.seconds == 0
    assert teach.servers[0].jupyter.idle.seconds == 2 * 86400
    assert teach.stata.settings.graph_format == "png"
