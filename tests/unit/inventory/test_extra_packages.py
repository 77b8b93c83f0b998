"""The operator's own locks are read with the settings, and sent only if they are locks."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from statafleet import carried
from statafleet.inventory.extra_packages import strange_line
from tests.unit.lab import lock

if TYPE_CHECKING:
    from tests.unit.inventory.conftest import Given

LOCK = lock("scipy")


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


@pytest.mark.parametrize("content", [b"PK\xff\xfe", b"", b"#" * 5_000_000], ids=["no text", "empty", "endless"])
def test_what_cannot_be_a_lock_is_a_problem(given: Given, content: bytes) -> None:
    project = given("hosts: {econ1: {packages: {server: lock.txt}}}")
    (project.folder / "inventory" / "lock.txt").write_bytes(content)

    assert "packages.server: cannot read this file" in project.report()


def test_a_pipe_is_not_waited_for(given: Given) -> None:
    project = given("hosts: {econ1: {packages: {server: pipe}, index: {ca_bundle: pipe}}}")
    os.mkfifo(project.folder / "inventory" / "pipe")

    assert project.report().count("cannot read this file") == 2


@pytest.mark.parametrize(
    "line",
    [
        "AWS_SECRET=hunter2",
        "scipy==1.0",
        "--index-url https://hunter2@packages.example.edu/simple",
        "-r /etc/hunter2",
        "scipy @ https://hunter2@packages.example.edu/scipy.whl --hash=sha256:" + "0" * 64,
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_a_file_that_is_no_lock_is_named_by_its_line_and_not_shown(given: Given, line: str) -> None:
    project = given({"inventory/lab.yml": "hosts: {econ1: {packages: {kernel: x}}}", "inventory/x": f"{LOCK}{line}\n"})

    report = project.report()

    assert "packages.kernel: line 3 of this file is no package with its version and its hashes" in report
    assert line not in report


def test_a_file_of_comments_is_no_lock() -> None:
    assert strange_line("# hunter2\n") == 1


@pytest.mark.parametrize("name", ["server-3.11.txt", "stata_kernel-3.14.txt", "controller.txt", "uv.txt"])
def test_our_own_locks_are_of_this_form(name: str) -> None:
    assert strange_line((carried.folder("locks") / name).read_text()) is None
