"""The operator's own locks are read with the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.unit.inventory.conftest import Given

LOCK = "scipy==1.0\n"


def test_every_host_has_what_stands_in_the_lock_that_its_settings_name(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: , econ2: {packages: {server: }}}",
            "group_data/all.yml": "packages: {kernel: more.txt}",
            "group_data/more.txt": LOCK,
        }
    )

    fleet = project.fleet()

    assert [(host.packages.server, host.packages.kernel) for host in fleet.hosts] == [("", LOCK), ("", LOCK)]
    assert "scipy" not in repr(fleet)


def test_a_lock_that_is_no_text_is_a_problem(given: Given) -> None:
    project = given("hosts: {econ1: {packages: {server: wheel.whl}}}")
    (project.folder / "inventory" / "wheel.whl").write_bytes(b"PK\xff\xfe")

    assert "packages.server: cannot read this file" in project.report()
