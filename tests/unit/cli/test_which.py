"""Which project a command says that it is about, and what it refuses to guess."""

import os
from pathlib import Path

import pytest

from statafleet.cli.which import told_project
from statafleet.errors import StataFleetError
from statafleet.inventory.project import THIS_MACHINE

ENTRY = (Path(__file__).parents[3] / "inventory.py").read_text()


@pytest.fixture
def below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, two below a project's."""
    folder = tmp_path / "lab" / "docs" / "far"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("STATA_FLEET_INVENTORY", raising=False)
    return folder


def put(path: Path, text: str = "hosts: {econ1: }") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_project_in_the_current_folder_needs_no_word(below: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(below / "inventory" / "lab.yml")

    assert told_project().folder == below
    assert capsys.readouterr().err == ""


def test_a_project_above_is_told(below: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(below.parents[1] / "inventory" / "lab.yml")

    assert told_project().folder == below.parents[1]
    assert capsys.readouterr().err == f"Project: {below.parents[1]}\n"


def test_another_inventory_is_told(
    below: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(below / "inventory" / "lab.yml")
    monkeypatch.setenv("STATA_FLEET_INVENTORY", "other.yml")

    assert told_project().named == below / "other.yml"
    assert capsys.readouterr().err == f"Project: {below}, with the hosts of {below / 'other.yml'}\n"


def test_this_machine_is_told_where_there_is_no_project(below: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told_project() == THIS_MACHINE
    assert capsys.readouterr().err.startswith(f"No project in {below} or above it: this machine alone, as ")


@pytest.mark.parametrize("name", ["inventory/README.md", "inventory/_kept.yml", "group_data/all.yml", "inventory.py"])
def test_other_files_make_no_project(below: Path, name: str) -> None:
    put(below / name)

    assert told_project() == THIS_MACHINE


def test_an_inventory_py_alone_is_a_project_whose_hosts_are_missing(below: Path) -> None:
    put(below / "inventory.py", ENTRY)

    with pytest.raises(
        StataFleetError, match=r"inventory: no hosts are defined here(?s:.*)write e\.g\. `inventory/lab"
    ):
        told_project().fleet()


def test_an_inventory_and_an_inventory_py_of_somebody_else_are_refused(below: Path) -> None:
    put(below / "inventory" / "lab.yml")
    put(below / "inventory.py", "hosts = ['econ9']")

    with pytest.raises(StataFleetError, match=r"the two may mean different hosts; copy stata-fleet's inventory\.py"):
        told_project()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("name", ["inventory.py", "inventory/lab.yml"])
def test_what_another_account_put_above_is_not_run(below: Path, name: str) -> None:
    made = put(below.parents[1] / name, ENTRY)
    marker = made if name == "inventory.py" else made.parent
    os.chown(marker, 1234, 1234)

    with pytest.raises(StataFleetError, match=f"{marker} belongs to another account; go to {marker.parent}"):
        told_project()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_project_of_another_account_is_one_to_whoever_goes_there(below: Path) -> None:
    os.chown(put(below / "inventory.py", ENTRY), 1234, 1234)

    assert told_project().folder == below
