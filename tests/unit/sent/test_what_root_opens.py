"""What root opens on a host for an owner: who else can change the way to it, and what it is."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from statafleet_sent.parts import changeable, key_pair, machine
from statafleet_sent.wire import Certificate, Changeable, KeyPair

from tests.unit import certificate

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@as_root
def test_what_only_root_can_change_is_roots_alone(own: Path) -> None:
    (own / "folder").mkdir()
    (own / "link").symlink_to("folder")
    os.lchown(own / "link", NOBODY, NOBODY)

    assert changeable.on_the_way_or_itself(f"{own}/link/../link/./file") is None
    assert changeable.on_the_way_or_itself("/etc/passwd") is None


@as_root
def test_an_owner_may_change_the_folder_itself_and_not_the_way_to_it(own: Path) -> None:
    (own / "home" / "work").mkdir(parents=True)
    os.chown(own / "home", NOBODY, NOBODY)

    assert changeable.on_the_way(f"{own}/home") is None
    assert changeable.on_the_way_or_itself(f"{own}/home") == Changeable(f"{own}/home", "nobody")
    assert changeable.on_the_way(f"{own}/home/work") == Changeable(f"{own}/home", "nobody")


@as_root
@pytest.mark.parametrize(("mode", "account"), [(0o1777, "everybody"), (0o757, "everybody"), (0o775, "group root")])
def test_a_folder_that_more_than_its_owner_can_write_to_is_anybodys(own: Path, mode: int, account: str) -> None:
    (own / "shared").mkdir()
    (own / "shared").chmod(mode)

    assert changeable.on_the_way(f"{own}/shared/work") == Changeable(f"{own}/shared", account)


@as_root
def test_a_link_that_an_owner_can_put_elsewhere_is_seen_wherever_it_leads(own: Path) -> None:
    (own / "home").mkdir()
    (own / "home" / "work").symlink_to("/etc")
    (own / "first").symlink_to(own / "home" / "work")
    os.chown(own / "home", NOBODY, NOBODY)

    assert changeable.on_the_way(f"{own}/first/ssh") == Changeable(f"{own}/home", "nobody")


@as_root
def test_a_circle_of_links_leads_nowhere_and_holds_nobody(own: Path) -> None:
    (own / "one").symlink_to("two")
    (own / "two").symlink_to("one")

    assert changeable.on_the_way_or_itself(f"{own}/one/file") is None


@pytest.mark.parametrize(
    ("path", "is_hidden"),
    [("/home", True), ("/home/alice", True), ("/homes/alice", False), ("/data/alice", False), ("/root/x", True)],
)
def test_what_systemd_hides_is_known_by_its_place(path: str, is_hidden: bool) -> None:
    assert changeable.hidden(path) is is_hidden


def test_what_a_link_leads_to_is_hidden_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changeable, "HIDDEN", (str(tmp_path / "home"),))
    (tmp_path / "disk").mkdir()
    (tmp_path / "home").symlink_to("disk")
    (tmp_path / "work").symlink_to("home/alice")

    assert changeable.hidden(f"{tmp_path}/disk/alice")
    assert changeable.hidden(f"{tmp_path}/work")


def pair(folder: Path, passphrase: str = "") -> KeyPair:
    shown, key = certificate.key_pair(datetime.now(UTC), passphrase=passphrase)
    (folder / "tls.crt").write_text(shown)
    (folder / "tls.key").write_text(key)
    return KeyPair(str(folder / "tls.crt"), str(folder / "tls.key"))


def test_a_certificate_with_its_key_is_read(tmp_path: Path) -> None:
    there = pair(tmp_path)

    assert key_pair.certificate(there) == Certificate((tmp_path / "tls.crt").read_text())


def test_a_key_in_the_same_file_stays_on_the_host(tmp_path: Path) -> None:
    there = pair(tmp_path)
    shown = Path(there.certificate).read_text()
    Path(there.certificate).write_text(Path(there.key).read_text() + shown)

    assert key_pair.certificate(KeyPair(there.certificate, there.certificate)) == Certificate(shown)


def of_another(there: KeyPair, folder: Path) -> KeyPair:
    (folder / "other").mkdir()
    return KeyPair(there.certificate, pair(folder / "other").key)


def a_file_of_roots(_: KeyPair, folder: Path) -> KeyPair:
    (folder / "shadow").write_text("root:$y$j9T$hunter2:20000::::::")
    return KeyPair(str(folder / "shadow"), str(folder / "shadow"))


def a_device(there: KeyPair, _: Path) -> KeyPair:
    return KeyPair("/dev/zero", there.key)


def a_pipe(there: KeyPair, folder: Path) -> KeyPair:
    os.mkfifo(folder / "pipe")
    return KeyPair(there.certificate, str(folder / "pipe"))


def a_folder(there: KeyPair, folder: Path) -> KeyPair:
    return KeyPair(str(folder), there.key)


def without_end(there: KeyPair, folder: Path) -> KeyPair:
    with (folder / "large").open("wb") as file:
        file.truncate(1 << 40)
    return KeyPair(str(folder / "large"), there.key)


def nothing(there: KeyPair, folder: Path) -> KeyPair:
    return KeyPair(there.certificate, str(folder / "nowhere.key"))


def a_locked_key(_: KeyPair, folder: Path) -> KeyPair:
    return pair(folder, passphrase="hunter2")


@pytest.mark.parametrize(
    "other", [of_another, a_file_of_roots, a_device, a_pipe, a_folder, without_end, nothing, a_locked_key]
)
def test_what_is_no_certificate_with_its_key_is_refused_and_never_read_out(
    tmp_path: Path, other: Callable[[KeyPair, Path], KeyPair]
) -> None:
    asked: list[Certificate] = []
    there = other(pair(tmp_path), tmp_path)

    look = threading.Thread(target=lambda: asked.append(key_pair.certificate(there)), daemon=True)
    look.start()
    look.join(20)

    (found,) = asked
    assert found.wrong
    assert found.pem == ""
    assert "hunter2" not in found.wrong


@pytest.mark.parametrize(
    ("text", "logs"),
    [
        ("Defaults log_input", True),
        ("Defaults:admin env_reset, log_output, log_input", True),
        ("admin ALL=(ALL) NOPASSWD: LOG_INPUT: ALL", True),
        ("Defaults log_output", False),
        ("# Defaults log_input", False),
        ("Defaults:admin !log_input", False),
        ("admin ALL=(ALL) NOLOG_INPUT: ALL", False),
    ],
)
def test_a_sudo_that_may_record_what_is_sent_is_known_by_its_files(text: str, logs: bool) -> None:
    assert bool(machine.LOGS_INPUT.search(f"Defaults env_reset\n{text}\n")) is logs
