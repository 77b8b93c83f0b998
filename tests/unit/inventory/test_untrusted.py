"""Settings of which nothing is run, such as those of a merge request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statafleet.errors import SettingsError
from statafleet.inventory.load import load
from statafleet.inventory.project import Project
from statafleet.inventory.reads import ALL, NOTHING, Reads

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.inventory.conftest import Given

TRUSTED_ONLY = Reads(trusted_only=True)
HOSTILE = {
    "inventory/lab.yml": """\
hosts:
  "@docker/evil": {}
  "@local": {sudo: true}
  econ1:
    python: /home/mallory/python
    servers:
      alice: {password: {command: touch ran; echo x}}
""",
    "group_data/all.yml": "jupyter: {password: {command: touch ran; echo x}}",
    "group_data/econ1.py": "open(__file__ + '.ran', 'w')",
}


def report(folder: Path, reads: Reads = TRUSTED_ONLY) -> str:
    with pytest.raises(SettingsError) as caught:
        load(folder, account="me", reads=reads)
    return str(caught.value)


def left_by_a_run(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*ran"))


def test_all_that_would_be_run_is_refused_at_once_each_with_its_place(given: Given) -> None:
    folder = given(HOSTILE).folder

    said = report(folder)

    why = "refused with `--trusted-only`: "
    assert [line for line in said.splitlines() if why in line] == [
        f"inventory/lab.yml:2:3: hosts.@docker/evil: {why}this host is not reached by ssh",
        f"inventory/lab.yml:3:3: hosts.@local: {why}this host is not reached by ssh",
        f"inventory/lab.yml:5:13: hosts.econ1.python: {why}root runs this program, also for a plan",
        f"inventory/lab.yml:7:35: hosts.econ1.servers.alice.password.command: {why}this command is run on this machine",
        f"group_data/all.yml:1:31: jupyter.password.command: {why}this command is run on this machine",
        f"group_data/econ1.py: {why}this is run as Python",
    ]
    assert left_by_a_run(folder) == []


def test_otherwise_these_settings_do_run_all_of_it(given: Given) -> None:
    folder = given(HOSTILE).folder

    load(folder, account="me", reads=ALL)

    assert left_by_a_run(folder) == ["econ1.py.ran", "ran", "ran"]


@pytest.mark.parametrize("name", ["_lab.py", ".lab.py", ".py"])
def test_what_pyinfra_runs_and_we_pass_over_is_refused_too(given: Given, name: str) -> None:
    given_files = {"inventory/lab.yml": "hosts: {econ1: }", f"group_data/{name}": "open(__file__ + '.ran', 'w')"}
    folder = given(given_files).folder

    assert f"group_data/{name}: refused with `--trusted-only`: this is run as Python" in report(folder)
    assert load(folder, account="me", reads=ALL).host("econ1")


@pytest.mark.parametrize("linked", ["elsewhere", "lab/.vault_pass"])
def test_a_link_is_not_followed_out_of_the_project_or_to_a_secret_in_it(
    given: Given, tmp_path: Path, linked: str
) -> None:
    folder = given({"lab/inventory/lab.yml": "hosts: {econ1: }", linked: "hunter2"}).folder / "lab"
    (folder / "inventory" / "more.yml").symlink_to(tmp_path / linked)

    said = report(folder)

    assert "inventory/more.yml: refused with `--trusted-only`: this leads elsewhere, by a link" in said
    assert "hunter2" not in said


def test_a_folder_that_is_a_link_is_not_followed_either(given: Given) -> None:
    folder = given({"lab/notes.txt": "", "lab/secrets/alice.yml": "hunter2"}).folder / "lab"
    (folder / "inventory").symlink_to("secrets")

    said = report(folder)

    assert "this leads elsewhere, by a link" in said
    assert "hunter2" not in said


def test_plain_settings_are_read_as_ever(given: Given, tmp_path: Path) -> None:
    plain = "hosts: {econ1: {python: auto, servers: {alice: {password: {env: ALICE}}}}, '@local': }"
    folder = given({"lab/inventory/lab.yml": plain, "named.yml": "hosts: {econ2: }"}).folder / "lab"

    assert load(folder, account="me", reads=Reads(passwords=False, trusted_only=True)).host("econ1")
    assert load(folder, account="me", inventory=tmp_path / "named.yml", reads=TRUSTED_ONLY).host("econ2")


def test_the_environment_asks_for_it_too(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(given(HOSTILE).folder)
    monkeypatch.setenv("STATA_FLEET_TRUSTED_ONLY", "1")

    with pytest.raises(SettingsError, match="this is run as Python"):
        project.fleet(reads=NOTHING)
    assert left_by_a_run(project.folder) == []
