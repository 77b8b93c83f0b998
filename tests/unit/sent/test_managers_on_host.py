"""What systemd and supervisor are told, and whom nobody may end by mistake."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from statafleet_sent.managers import systemd
from statafleet_sent.managers.supervisor import Supervisor
from statafleet_sent.managers.systemd import Systemd
from statafleet_sent.parts import files
from statafleet_sent.parts.report import Refused
from statafleet_sent.programs import remove
from statafleet_sent.wire import RemoveAnswer, RemoveQuestion, Running

from tests.unit.programs import lease
from tests.unit.put import put

SHOW = """\
Id=stata-fleet@alice.service
MainPID={pid}
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=yes

Listen={alice} (Stream)
Id=stata-fleet@alice.socket
ActiveState=active
UnitFileState=enabled
NeedDaemonReload=no

Id=stata-fleet@bob.service
MainPID=0
ActiveState=failed
UnitFileState=disabled
NeedDaemonReload=no

Id=stata-fleet@bob.socket
ActiveState=inactive
UnitFileState=
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
    monkeypatch.setattr(systemd, "UNITS", folder)
    return folder


def test_a_server_is_started_for_now_and_for_every_boot(systemctl: Systemctl, units: Path, tmp_path: Path) -> None:
    Systemd(tmp_path).start("alice")

    assert systemctl.calls[-1] == "start stata-fleet@alice.service"
    assert not any(call.startswith(("restart", "stop")) for call in systemctl.calls)
    at_boot = units / "multi-user.target.wants" / "stata-fleet@alice.service"
    assert at_boot.readlink() == units / "stata-fleet@.service"


def test_a_server_that_starts_at_boot_is_known_though_somebody_took_its_link_away(
    systemctl: Systemctl, tmp_path: Path
) -> None:
    Systemd(tmp_path).start("alice")
    systemctl.says(SHOW.format(pid=7, alice="127.0.0.1:8888"), 0)

    found = Systemd(tmp_path).servers([])

    assert systemctl.calls[-1].split()[-2:] == ["stata-fleet@alice.service", "stata-fleet@alice.socket"]
    assert found["alice"].pid == 7


def test_a_server_that_does_not_start_shows_its_last_lines(systemctl: Systemctl, tmp_path: Path) -> None:
    systemctl.says("the port is taken", 1)

    with pytest.raises(Refused, match=r"alice: the service did not start:\nthe port is taken"):
        Systemd(tmp_path).restart("alice")


def test_links_lead_into_the_current_release_and_replace_what_was_there(units: Path, tmp_path: Path) -> None:
    (units / "stata-fleet@.service").write_text("by hand")
    manager = Systemd(tmp_path)

    manager.link("")
    manager.link("alice")
    manager.link("alice")

    assert {path.name: str(path.readlink()) for path in units.iterdir()} == {
        "stata-fleet@.service": f"{tmp_path}/current/units/stata-fleet@.service",
        "stata-fleet@alice.service.d": f"{tmp_path}/current/units/stata-fleet@alice.service.d",
    }


def test_a_link_is_taken_away_once_and_again(units: Path, tmp_path: Path) -> None:
    manager = Systemd(tmp_path)
    manager.link("alice")

    manager.unlink("alice")
    manager.unlink("alice")

    assert list(units.iterdir()) == []


def test_what_systemd_says_of_each_server_is_read(systemctl: Systemctl, units: Path, tmp_path: Path) -> None:
    systemctl.says(SHOW.format(pid=7, alice="127.0.0.1:8888"), 0)

    (units / "stata-fleet@alice.socket").write_text("ListenStream=127.0.0.1:8888")
    (units / "stata-fleet@bob.socket").write_text("ListenStream=127.0.0.1:8889")

    found = Systemd(tmp_path).servers(["alice", "bob"])

    digest = files.digest(units / "stata-fleet@alice.socket")
    alice = Running(pid=7, enabled=True, stale=True, listens="127.0.0.1:8888", socket=digest)
    assert found == {"alice": alice, "bob": Running()}


def test_without_servers_systemd_is_not_asked(tmp_path: Path) -> None:
    assert Systemd(tmp_path).servers([]) == {}


def test_a_server_that_was_set_up_once_is_asked_for_whoever_is_wanted_now(systemctl: Systemctl, tmp_path: Path) -> None:
    systemctl.says(SHOW.format(pid=7, alice="127.0.0.1:8888"), 0)
    Systemd(tmp_path).link("bob")

    Systemd(tmp_path).servers(["alice"])

    assert systemctl.calls[-1].split()[-2:] == ["stata-fleet@bob.service", "stata-fleet@bob.socket"]


@pytest.fixture
def alices_socket(tmp_path: Path) -> Path:
    """In the release, on a port."""
    folder = tmp_path / "current" / "units"
    folder.mkdir(parents=True)
    (folder / "stata-fleet@alice.socket").write_text("ListenStream=127.0.0.1:8888\n")
    return folder / "stata-fleet@alice.socket"


def test_an_address_is_held_now_and_from_every_boot_on(
    systemctl: Systemctl, units: Path, alices_socket: Path, tmp_path: Path
) -> None:
    Systemd(tmp_path).listen("alice")

    assert systemctl.calls[-1] == "start stata-fleet@alice.socket"
    own = units / "stata-fleet@alice.socket"
    assert own.read_text() == alices_socket.read_text()
    assert (units / "multi-user.target.wants" / "stata-fleet@alice.socket").readlink() == own
    assert not own.is_symlink(), "a release that is switched must not change what is held"


@pytest.mark.usefixtures("alices_socket")
def test_an_address_that_nobody_can_take_shows_why(systemctl: Systemctl, tmp_path: Path) -> None:
    systemctl.says("Address already in use", 1)

    with pytest.raises(Refused, match=r"alice: nothing can listen at its address:\nAddress already in use"):
        Systemd(tmp_path).listen("alice")


@pytest.mark.parametrize(
    ("before", "stopped"),
    [
        ("ListenStream=127.0.0.1:8888\n# an older version wrote this\n", "stop stata-fleet@alice.service"),
        ("ListenStream=127.0.0.1:9000\n", "stop stata-fleet@alice.socket stata-fleet@alice.service"),
    ],
)
@pytest.mark.usefixtures("alices_socket")
def test_an_address_is_let_go_for_another_one_alone(
    systemctl: Systemctl, units: Path, tmp_path: Path, before: str, stopped: str
) -> None:
    (units / "stata-fleet@alice.socket").write_text(before)

    Systemd(tmp_path).let_go("alice")

    assert systemctl.calls == [stopped]


def test_a_server_is_restarted_under_its_address(systemctl: Systemctl, tmp_path: Path) -> None:
    Systemd(tmp_path).restart("alice")

    assert [call for call in systemctl.calls if not call.startswith("reset-failed")] == [
        "restart stata-fleet@alice.service"
    ]


@pytest.mark.usefixtures("alices_socket")
def test_a_server_that_is_stopped_for_ever_is_not_started_again_by_a_visitor(
    systemctl: Systemctl, units: Path, tmp_path: Path
) -> None:
    manager = Systemd(tmp_path)
    manager.listen("alice")
    manager.start("alice")

    manager.stop("alice")
    manager.unlink("alice")

    assert "stop stata-fleet@alice.socket stata-fleet@alice.service" in systemctl.calls
    assert [path for path in units.rglob("*") if path.name != "multi-user.target.wants"] == []


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
    supervisor = Supervisor(tmp_path, tmp_path)

    assert foreigner.poll() is None
    assert supervisor.pid() == 0
    assert supervisor.servers(["alice"]) == {"alice": Running()}


def test_whoever_has_our_old_number_is_not_ended(foreigner: subprocess.Popen[bytes], tmp_path: Path) -> None:
    Supervisor(tmp_path, tmp_path).take_away()

    assert foreigner.poll() is None
    foreigner.communicate()
    assert foreigner.returncode == 0


@pytest.mark.parametrize("content", [None, "", "not a number"])
def test_without_a_number_there_is_no_supervisor(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "run").mkdir()
    if content is not None:
        (tmp_path / "run" / "supervisord.pid").write_text(content)

    assert Supervisor(tmp_path, tmp_path).pid() == 0


def test_our_supervisor_is_known_by_its_configuration_and_its_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "current" / "supervisord.conf"
    command = [sys.executable, "-c", "print('ready', flush=True); input()", "supervisord", "-c", str(settings)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "supervisord.pid").write_text(str(process.pid))

        assert Supervisor(tmp_path, tmp_path).pid() == process.pid
        with monkeypatch.context() as patch:
            patch.setattr(os, "geteuid", lambda: 65534)
            assert Supervisor(tmp_path, tmp_path).pid() == 0
        process.communicate(b"\n")


def test_all_of_ours_is_removed_and_nothing_beside_it(tmp_path: Path) -> None:
    root = tmp_path / "stata-fleet"
    made = put(root)
    (tmp_path / "thesis.do").write_text("mine")

    answer = remove.main(RemoveQuestion(str(root), "user", lease(expects=made.id)))

    assert answer == RemoveAnswer(left=())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.do"]


def deep(folder: Path, depth: int) -> None:
    """As an owner makes it: no path leads down there."""
    folder.mkdir()
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("deeper", dir_fd=here)
        below = os.open("deeper", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def test_all_units_are_taken_away_and_nobody_elses(
    systemctl: Systemctl, units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(systemd, "KEPT", (str(tmp_path / "kept"),))
    deep(tmp_path / "kept", 3000)
    (units / "nginx.service").touch()
    manager = Systemd(tmp_path)
    for owner in ("", "alice"):
        manager.link(owner)

    manager.take_away()

    assert [path.name for path in units.iterdir()] == ["nginx.service"]
    assert not (tmp_path / "kept").exists()
    assert manager.left() == []
    assert "stop stata-fleet@alice.socket stata-fleet@alice.service" in systemctl.calls


def test_what_could_not_be_taken_away_is_told_wherever_it_is(
    systemctl: Systemctl, units: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, kept, dropped = tmp_path / "stata-fleet", tmp_path / "kept", units / "stata-fleet@alice.service.d"
    made = put(root)
    for folder in (kept, dropped):
        folder.mkdir()
    monkeypatch.setattr(systemd, "KEPT", (str(kept),))
    monkeypatch.setattr(shutil, "rmtree", lambda *_, **__: None)
    (systemctl.folder / "rm").symlink_to("/bin/true")
    monkeypatch.setattr(Systemd, "unlink", lambda *_: None)

    answer = remove.main(RemoveQuestion(str(root), "system", lease(expects=made.id)))

    assert systemctl.calls
    assert answer.left == (str(root), str(dropped), str(kept))
