"""The commands of this room, as a person runs them in a folder with an inventory."""

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from statafleet.access import laptop
from statafleet.cli import access
from statafleet.errors import StataFleetError

LAB = "hosts: {econ1: {servers: {alice: {}, bob: {}}}, econ2: {servers: {bob: }}}"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """As bob."""
    app = typer.Typer()
    access.add_to(app)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LOGNAME", "bob")
    monkeypatch.delenv("STATA_FLEET_INVENTORY", raising=False)
    (tmp_path / "inventory").mkdir()

    def run(*words: str, inventory: str = LAB) -> Result:
        (tmp_path / "inventory/lab.yml").write_text(inventory)
        return CliRunner().invoke(app, words)

    return run


def test_the_ssh_command_can_be_printed_for_several(run: Run) -> None:
    lines = run("connect", "--print", "econ1", "alice@econ1", "econ1").stdout.splitlines()

    assert [line.split()[-1] for line in lines] == ["bob@econ1", "alice@econ1"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ((), ["bob on econ1", "bob on econ2"]),
        (("--all",), ["alice on econ1", "bob on econ1", "bob on econ2"]),
        (("alice@econ1",), ["alice on econ1"]),
    ],
    ids=["own", "everybody's", "asked for"],
)
def test_a_guide_is_about_ones_own_servers_unless_others_are_asked_for(
    run: Run, words: tuple[str, ...], named: list[str]
) -> None:
    done = run("access", "--format", "vscode", *words)

    assert [line for line in done.stdout.splitlines() if " on econ" in line] == named


def test_who_has_no_server_gets_a_guide_to_all(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "carol")

    assert "alice on econ1" in run("access", "--format", "vscode").stdout


def test_only_a_guide_that_shows_fingerprints_needs_ssh(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    laptop._configured.cache_clear()

    assert run("access", "--format", "windows").exit_code == 0
    assert "no `ssh`" in str(run("access").exception)


def test_the_include_file_is_printed_installed_and_removed(run: Run, tmp_path: Path) -> None:
    assert "Host bob.econ1.stata" in run("ssh-config").stdout

    assert "included by ~/.ssh/config" in run("ssh-config", "--install").stdout
    assert (tmp_path / ".ssh/stata-fleet.conf").exists()

    assert run("ssh-config", "--remove").stdout == "~/.ssh is as it was\n"
    assert run("ssh-config", "--remove").stdout == "nothing was installed\n"


def test_the_include_file_is_installed_or_removed_and_not_both(run: Run) -> None:
    assert str(run("ssh-config", "--install", "--remove").exception) == "write `--install` or `--remove`, not both"


def test_a_fleet_that_no_ssh_reaches_has_no_guide(run: Run) -> None:
    done = run("access", inventory='hosts: {"@docker/jupyter": {}}')

    assert isinstance(done.exception, StataFleetError)
    assert str(done.exception) == "the inventory has no host that ssh reaches"
