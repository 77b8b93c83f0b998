"""The commands as a person runs them: what they print, and with what they end."""

import os
import pty
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import pytest

from statafleet.cli.main import main
from tests.unit.lab import HASH

PROGRAM = str(Path(sys.executable).with_name("stata-fleet"))


@dataclass(frozen=True)
class Done:
    status: object
    stdout: str
    stderr: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run in a folder with this text as its inventory."""

    def run(*words: str, inventory: str = "hosts: {econ1: {servers: {alice: {}}}}") -> Done:
        (tmp_path / "inventory").mkdir(exist_ok=True)
        (tmp_path / "inventory" / "lab.yml").write_text(inventory)
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("STATA_FLEET_INVENTORY", raising=False)
        monkeypatch.setattr(sys, "argv", [PROGRAM, *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return Done(ended.value.code, *capsys.readouterr())

    return run


def test_settings_that_are_well_are_counted(cli: Cli) -> None:
    done = cli("check", inventory="hosts: {econ1: {servers: {alice: {}, bob: {}}}, econ2: {servers: {bob: }}}")

    assert (done.status, done.stdout) == (0, "Hosts: 2, servers: 3. Nothing is wrong with the settings.\n")


def test_settings_that_are_wrong_are_named_with_their_place(cli: Cli) -> None:
    done = cli("check", inventory="hosts: {econ1: {prot: 1}}")

    assert done.status == 1
    assert done.stderr.startswith("inventory/lab.yml:1:17: ")
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_host_that_is_not_there_is_named_with_those_that_are(cli: Cli) -> None:
    done = cli("render", "econ9")

    assert (done.status, done.stderr) == (1, "econ9: no such host; there are: econ1\n")


def test_what_a_host_would_get_is_written_with_its_secrets_masked(cli: Cli, tmp_path: Path) -> None:
    hashed = f"hosts: {{econ1: {{servers: {{alice: {{password: {{hash: '{HASH}'}}}}}}}}}}"

    done = cli("render", "econ1", inventory=hashed)

    folder = tmp_path / "rendered" / "econ1"
    assert done.status == 0
    assert (folder / "secrets" / "alice" / "secret").read_text() == "*****"
    assert (folder / "servers" / "alice" / "kernels" / "stata" / "kernel.json").exists()
    assert not any(HASH in path.read_text() for path in folder.rglob("*") if path.is_file())


def test_a_host_can_be_rendered_elsewhere(cli: Cli, tmp_path: Path) -> None:
    assert cli("render", "econ1", "--to", "there").status == 0
    assert (tmp_path / "there" / "econ1" / "manifest.json").exists()


def test_a_name_with_dots_is_rendered_inside_its_folder(cli: Cli, tmp_path: Path) -> None:
    done = cli("render", "@chroot/../../../x", inventory="hosts: {'@chroot/../../../x': {servers: {alice: }}}")

    assert done.status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"inventory", "rendered"}
    assert len(list((tmp_path / "rendered").rglob("x/manifest.json"))) == 1


LINKS = ["rendered", "rendered/econ1", "rendered/econ1/secrets", "rendered/econ1/manifest.json"]


@pytest.mark.parametrize("link", LINKS)
def test_nothing_is_rendered_through_a_link(cli: Cli, tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(elsewhere / "file" if link.endswith(".json") else elsewhere)

    done = cli("render", "econ1")

    assert done.status == 1
    assert "leads elsewhere, by a link" in done.stderr
    assert list(elsewhere.iterdir()) == []


COMMAND = "hosts: {econ1: {servers: {alice: {password: {command: touch ran; echo hunter2}}}}}"


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("render", "econ1"),
        ("access", "alice@econ1"),
        ("connect", "--print", "alice@econ1"),
        ("ssh-config",),
    ],
)
def test_no_command_but_a_run_of_pyinfra_reads_a_password(cli: Cli, tmp_path: Path, words: tuple[str, ...]) -> None:
    assert cli(*words, inventory=COMMAND).status == 0
    assert list(tmp_path.rglob("ran")) == []


def test_a_password_that_nobody_read_is_rendered_as_one_that_is_not_shown(cli: Cli, tmp_path: Path) -> None:
    assert cli("render", "econ1", inventory=COMMAND).status == 0
    assert (tmp_path / "rendered" / "econ1" / "secrets" / "alice" / "secret").read_text() == "*****"


@pytest.mark.parametrize("words", [("check",), ("render", "econ1")])
def test_settings_that_are_not_trusted_are_refused_what_they_would_run(cli: Cli, words: tuple[str, ...]) -> None:
    done = cli(*words, "--trusted-only", inventory=COMMAND)

    assert done.status == 1
    assert done.stderr.startswith("inventory/lab.yml:1:55: ")
    assert "password.command: refused with `--trusted-only`" in done.stderr


def test_a_password_that_two_people_have_is_told(cli: Cli) -> None:
    both = "{jupyter: {bind: 127.0.0.1, password: {env: LAB}}, servers: {alice: , bob: {port: 9}}}"

    done = cli("check", inventory=f"hosts: {{econ1: {both}}}")

    assert done.status == 0
    assert done.stderr.startswith("one password for alice@econ1, bob@econ1: ")


def test_everything_is_removed_only_when_that_is_said(cli: Cli) -> None:
    done = cli("remove")

    assert (done.status, done.stderr) == (1, "name the hosts with `--limit HOST`, or say `--all`\n")


def test_without_a_command_the_help_is_shown(cli: Cli) -> None:
    shown = cli().stdout + cli("--help").stdout

    assert all(shown.count(f" {command} ") >= 2 for command in ("check", "render", "verify", "remove", "hash-password"))


def asked(*answers: bytes) -> tuple[int, str]:
    """`hash-password` at a terminal, its questions answered; how it ended and what was seen."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(PROGRAM, [PROGRAM, "hash-password"])  # noqa: S606 - a shell would be one more between us
    seen = b""
    for question, answer in zip((b"Password: ", b"Again: "), answers, strict=False):
        while not seen.endswith(question):
            seen += os.read(terminal, 1024)
        os.write(terminal, answer + b"\n")
    try:
        while part := os.read(terminal, 1024):
            seen += part
    except OSError:  # its end, on Linux
        pass
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), seen.decode()


def test_a_password_is_asked_for_twice_and_its_hash_printed() -> None:
    status, seen = asked(b"correct horse", b"correct horse")

    found = re.search(r"\$2b\$12\$\S{53}", seen)
    assert status == 0
    assert found
    assert bcrypt.checkpw(b"correct horse", found[0].encode())
    assert "correct horse" not in seen


def test_two_passwords_that_differ_give_no_hash() -> None:
    status, seen = asked(b"correct horse", b"wrong horse")

    assert status == 1
    assert "the two are not the same; nothing was printed" in seen
    assert "$2b$" not in seen
    assert "horse" not in seen


@pytest.mark.parametrize(
    ("password", "length"), [(b"x" * 73, 73), ("é".encode() * 37, 74), (b"", 0)], ids=["long", "long in UTF-8", "empty"]
)
def test_a_password_of_a_length_that_cannot_be_is_refused(password: bytes, length: int) -> None:
    status, seen = asked(password)

    assert status == 1
    assert f"a password has from 1 to 72 bytes; this one has {length}" in seen
    assert "Traceback" not in seen
