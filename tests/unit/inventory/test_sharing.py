"""Who is told that a password opens the servers of several people."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statafleet.inventory.load import load
from statafleet.inventory.reads import NOTHING
from statafleet.inventory.sharing import shared
from statafleet.report.words import line
from tests.unit.lab import HASH, OTHER_HASH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.inventory.conftest import Given, Project

PORTS = "bind: 127.0.0.1"


@pytest.fixture(autouse=True)
def passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LAB": "hunter2", "SAME": "hunter2", "ALICE": "hunter3"}.items():
        monkeypatch.setenv(name, value)


def said(project: Project) -> Sequence[str]:
    """By a run, which reads the passwords, and by whoever reads none."""
    unread = [line(each) for each in shared(load(project.folder, account="me", reads=NOTHING))]
    read = [line(each) for each in shared(project.fleet())]
    assert "hunter" not in str(read) + str(unread)
    assert set(unread) <= set(read)
    return read


@pytest.mark.parametrize("source", ["{env: LAB}", "{command: echo hunter2}", f"{{hash: '{HASH}'}}"])
def test_two_owners_with_one_source_are_named(given: Given, source: str) -> None:
    project = given(f"hosts: {{econ1: {{jupyter: {{{PORTS}, password: {source}}}, servers: {{x: , y: {{port: 1}}}}}}}}")

    assert said(project) == [
        (
            "one password for x@econ1, y@econ1: each of these people can sign in as the others; "
            "give each owner a `password:` of their own"
        )
    ]


def test_two_owners_on_two_hosts_with_one_password_from_two_sources_are_named(given: Given) -> None:
    a, b = (f"{{jupyter: {{{PORTS}, password: {{env: {name}}}}}, servers: {{{name}: }}}}" for name in ("LAB", "SAME"))

    (one,) = said(given(f"hosts: {{econ1: {a}, econ2: {b}}}"))

    assert one.startswith("one password for LAB@econ1, SAME@econ2: ")


@pytest.mark.parametrize(
    "hosts",
    [
        (
            f"econ1: {{jupyter: {{{PORTS}}}, servers: {{x: {{password: {{env: LAB}}}}, "
            "y: {port: 1, password: {env: ALICE}}}}"
        ),
        (
            f"econ1: {{jupyter: {{{PORTS}}}, servers: {{x: {{password: {{hash: '{HASH}'}}}}, "
            f"y: {{port: 1, password: {{hash: '{OTHER_HASH}'}}}}}}}}"
        ),
        "econ1: {jupyter: {bind: socket, password: {env: LAB}}, servers: {x: , y: }}",
        (
            f"econ1: {{jupyter: {{{PORTS}, password: {{env: LAB}}}}}}, "
            f"econ2: {{jupyter: {{{PORTS}, password: {{env: LAB}}}}}}"
        ),
        f"econ1: {{jupyter: {{{PORTS}}}, servers: {{x: , y: {{port: 1}}}}}}",
    ],
    ids=["own sources", "own hashes", "sockets", "one owner, two hosts", "tokens"],
)
def test_nobody_else_is(given: Given, hosts: str) -> None:
    assert said(given(f"hosts: {{{hosts}}}")) == []


def test_a_whole_fleet_is_one_line(given: Given) -> None:
    hosts = ", ".join(f"econ{number}: {{servers: {{a{number}: }}}}" for number in range(20))

    (one,) = said(given({"inventory/lab.yml": f"hosts: {{{hosts}}}", "group_data/all.yml": ALL}))

    assert "a0@econ0, a1@econ1, a2@econ2, a3@econ3, a4@econ4, a5@econ5, 14 more: each" in one


ALL = f"jupyter: {{{PORTS}, password: {{env: LAB}}}}"
