"""What systemd and supervisor are told, and whom nobody may end by mistake."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from statafleet_sent.parts import host
from statafleet_sent.programs import observe, remove, serve

from tests.unit.put import put

SHOW = """\
Id=stata-fleet@alice.service
MainPID={pid}
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=yes

Id=stata-fleet@bob.service
MainPID=0
ActiveState=failed
UnitFileState=disabled
NeedDaemonReload=no
"""


class Systemctl:
    """A program of this name on PATH that notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.says("", 0)

    def says(self, text: str, status: int) -> None:
        (self.folder / "said").write_text(text)
        for name in ("systemctl", "journalctl"):
            program = self.folder / name
            program.write_text(
                f'#!/bin/sh\necho "$*" >> {self.folder}/calls\ncat {self.folder}/said\n'
                f'case "$1" in start|restart) exit {status} ;; esac\n'
            )
            program.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemctl:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return Systemctl(folder)


@pytest.fixture(autouse=True)
def units(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("units")
    monkeypatch.setattr(serve, "UNITS", folder)
    return folder


def test_a_server_is_started_for_now_and_for_every_boot(systemctl: Systemctl, units: Path, tmp_path: Path) -> None:
    serve.Systemd(tmp_path).start("alice")

    assert systemctl.calls[-1] == "start stata-fleet@alice.service"
    assert not any(call.startswith(("restart", "stop")) for call in systemctl.calls)
    at_boot = units / "multi-user.target.wants" / "stata-fleet@alice.service"
    assert at_boot.readlink() == units / "stata-fleet@.service"


def test_a_server_that_does_not_start_shows_its_last_lines(systemctl: Systemctl, tmp_path: Path) -> None:
    systemctl.says("the port is taken", 1)

    with pytest.raises(host.Problem, match=r"alice: the service did not start:\nthe port is taken"):
        serve.Systemd(tmp_path).restart("alice")


def test_links_lead_into_the_current_release_and_replace_what_was_there(units: Path, tmp_path: Path) -> None:
    (units / "stata-fleet@.service").write_text("by hand")
    manager = serve.Systemd(tmp_path)

    manager.link("")
    manager.link("alice")
    manager.link("alice")

    assert {path.name: str(path.readlink()) for path in units.iterdir()} == {
        "stata-fleet@.service": f"{tmp_path}/current/units/stata-fleet@.service",
        "stata-fleet@alice.service.d": f"{tmp_path}/current/units/stata-fleet@alice.service.d",
    }


def test_a_link_is_taken_away_once_and_again(units: Path, tmp_path: Path) -> None:
    manager = serve.Systemd(tmp_path)
    manager.link("alice")

    manager.unlink("alice")
    manager.unlink("alice")

    assert list(units.iterdir()) == []


def test_what_systemd_says_of_each_server_is_read(systemctl: Systemctl) -> None:
    systemctl.says(SHOW.format(pid=7), 0)

    found = observe.by_systemd(["alice", "bob"])

    assert found == {
        "alice": {"pid": 7, "state": "active", "enabled": True, "stale": True},
        "bob": {"pid": 0, "state": "failed", "enabled": False, "stale": False},
    }


def test_without_servers_systemd_is_not_asked() -> None:
    assert observe.by_systemd([]) == {}


@pytest.fixture
def foreigner(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that has the number now that our supervisord had before the machine was started anew."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "supervisord.pid").write_text(f"{process.pid}\n")
        yield process
        process.communicate()


def test_whoever_has_our_old_number_is_no_supervisor_of_ours(
    foreigner: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    assert host.supervisor(tmp_path) == 0
    assert observe.by_supervisor(tmp_path, {foreigner.pid + 1: foreigner.pid}) == {}


def test_whoever_has_our_old_number_is_not_ended(foreigner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    remove.end_supervisor(tmp_path)

    assert foreigner.poll() is None
    foreigner.communicate()
    assert foreigner.returncode == 0


@pytest.mark.parametrize("content", [None, "", "not a number"])
def test_without_a_number_there_is_no_supervisor(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "run").mkdir()
    if content is not None:
        (tmp_path / "run" / "supervisord.pid").write_text(content)

    assert host.supervisor(tmp_path) == 0


def test_our_supervisor_is_known_by_its_configuration(tmp_path: Path) -> None:
    settings = tmp_path / "current" / "supervisord.conf"
    command = [sys.executable, "-c", "print('ready', flush=True); input()", "supervisord", "-c", str(settings)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "supervisord.pid").write_text(str(process.pid))

        assert host.supervisor(tmp_path) == process.pid
        process.communicate(b"\n")


def test_all_of_ours_is_removed_and_nothing_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "stata-fleet"
    put(root)
    (tmp_path / "thesis.do").write_text("mine")

    remove.main({"root": str(root), "scope": "user"})

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.do"]
    assert capsys.readouterr().out == '{"left": []}\n'
