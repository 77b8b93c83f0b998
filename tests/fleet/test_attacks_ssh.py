"""A host that is not the one it was."""

import pytest

from .fortress import Fortress
from .project import Project, Result


@pytest.fixture
def strangers(fortress: Fortress, project: Project) -> Project:
    """A checkout of somebody who knows both hosts' keys."""
    home = fortress.project.home / ".ssh"
    for file in ("known_hosts", "config"):
        text = (home / file).read_text().replace(str(fortress.project.home), str(project.home))
        (project.home / ".ssh" / file).write_text(text)
    project.inventory((fortress.project.folder / "inventory/fleet.yml").read_text())
    for file in ("password", "lab.crt", "lab.key"):
        (project.folder / file).write_bytes((fortress.project.folder / file).read_bytes())
        (project.folder / file).chmod(0o600)
    for layer in ("all", "fort"):
        project.group_data(layer, (fortress.project.folder / f"group_data/{layer}.yml").read_text())
    return project


def goes_on_with_keep_alone(run: Result) -> bool:
    return run.returncode == 1 and "[keep] nothing to do" in run.stdout and "[fort] Connected" not in run.stdout


def test_a_known_key_connects(strangers: Project) -> None:
    run = strangers.pyinfra("-y")

    assert run.returncode == 0, run.stdout
    assert "[fort] nothing to do" in run.stdout


def test_an_unknown_key_fails_that_host_and_names_two_ways_to_add_it(strangers: Project, fortress: Fortress) -> None:
    (strangers.home / ".ssh/known_hosts").write_text(f"keep,{fortress.keep.address} {fortress.keep.host_key}\n")
    before = fortress.fort.journal().count("Accepted publickey")

    run = strangers.pyinfra("-y")

    assert goes_on_with_keep_alone(run), run.stdout
    assert "fort: its key is not in your known_hosts, so nothing was sent to it. Two ways to add the key" in run.stdout
    assert f"`ssh-keyscan {fortress.fort.address} >> ~/.ssh/known_hosts`" in run.stdout
    assert "the known_hosts of your IT, or run `ssh fort` once" in run.stdout
    assert fortress.fort.host_key.split()[1] not in (strangers.home / ".ssh/known_hosts").read_text()
    assert fortress.fort.journal().count("Accepted publickey") == before


def test_a_changed_key_stops_that_host_and_tells_what_to_check(strangers: Project, fortress: Fortress) -> None:
    known = strangers.home / ".ssh/known_hosts"
    known.write_text(known.read_text().replace(fortress.fort.host_key, fortress.keep.host_key))
    before = fortress.fort.journal().count("Accepted publickey")

    run = strangers.pyinfra("-y")

    assert goes_on_with_keep_alone(run), run.stdout
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in run.stdout
    assert "fort: its key is not the one in your known_hosts, so nothing was sent to it. What to check" in run.stdout
    assert f"`ssh-keygen -R '{fortress.fort.address}'`" in run.stdout
    assert fortress.fort.journal().count("Accepted publickey") == before


def test_an_ssh_configuration_that_trusts_everybody_does_not_count(strangers: Project) -> None:
    config = strangers.home / ".ssh/config"
    config.write_text(config.read_text().replace("StrictHostKeyChecking yes", "StrictHostKeyChecking no"))
    (strangers.home / ".ssh/known_hosts").write_text("")

    run = strangers.pyinfra("-y")

    assert run.returncode == 1
    assert "Connected" not in run.stdout
