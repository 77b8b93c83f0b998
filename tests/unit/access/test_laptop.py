"""What this computer's ssh knows of a host, told by an `ssh -G` and an `ssh-keygen` that a test wrote."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from statafleet.access import laptop
from statafleet.access.route import Route
from statafleet.access.ssh_config import Known
from statafleet.errors import StataFleetError

COMMON = """\
user alice
identityfile ~/.ssh/id_ed25519
stricthostkeychecking ask
userknownhostsfile /known/own /known/second
globalknownhostsfile /known/all
"""
ECON1 = Route("econ1", "alice", "127.0.0.1:8888", 20_001)


class Laptop:
    """`ssh -G HOST` prints the file HOST; `ssh-keygen -F NAME -f FILE` prints what is known of NAME, whatever FILE."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program("ssh", 'for last; do :; done; cat "$folder/$last"')
        self._program("ssh-keygen", 'echo "$*" >>"$folder/asked"; cat "$folder/keys of $3" 2>/dev/null')
        self.configures(laptop.NOBODY, "")

    def configures(self, host: str, text: str, *, name: str = "", port: int = 22) -> None:
        (self._folder / host).write_text(f"host {host}\nhostname {name or host}\nport {port}\n{COMMON}{text}")

    def knows(self, name: str, *kinds: str) -> None:
        lines = (f"# Host {name} found: line 1\n{name} {kind} SHA256:of-{kind}\n" for kind in kinds)
        (self._folder / f"keys of {name}").write_text("".join(lines))

    @property
    def asked(self) -> list[str]:
        return (self._folder / "asked").read_text().splitlines()

    def _program(self, name: str, body: str) -> None:
        file = self._folder / name
        file.write_text(f"#!/bin/sh\nfolder='{self._folder}'\n{body}\n")
        file.chmod(0o755)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laptop]:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    laptop._configured.cache_clear()
    yield Laptop(tmp_path)
    laptop._configured.cache_clear()


def test_only_what_is_said_of_this_host_is_taken_along(here: Laptop) -> None:
    here.configures("econ1", "proxyjump gate\nidentityfile ~/.ssh/lab\nforwardagent yes\n")

    options = laptop.known([ECON1])["econ1"].options

    assert options == (("ProxyJump", "gate"), ("IdentityFile", "~/.ssh/lab"))


def test_a_host_of_which_nothing_is_said_has_nothing(here: Laptop) -> None:
    here.configures("econ1", "")

    assert laptop.known([ECON1]) == {"econ1": Known()}


def test_another_real_name_is_taken_along_and_its_keys_are_looked_up(here: Laptop) -> None:
    here.configures("econ1", "", name="192.0.2.5", port=2222)
    here.knows("[192.0.2.5]:2222", "ED25519")

    known = laptop.known([ECON1])["econ1"]

    assert known.options == (("HostName", "192.0.2.5"), ("Port", "2222"))
    assert known.fingerprints == ("ED25519 SHA256:of-ED25519",)


def test_a_path_with_a_space_is_quoted(here: Laptop) -> None:
    here.configures("econ1", "identityfile /home/a b/key\n")

    assert laptop.known([ECON1])["econ1"].options == (("IdentityFile", '"/home/a b/key"'),)


def test_each_file_of_known_keys_is_looked_at_and_a_key_named_once(here: Laptop) -> None:
    here.configures("econ1", "")
    here.knows("econ1", "ED25519", "RSA")

    assert laptop.fingerprints(ECON1) == ("ED25519 SHA256:of-ED25519", "RSA SHA256:of-RSA")
    assert [words.split()[-1] for words in here.asked] == ["/known/own", "/known/second", "/known/all"]


def test_keys_are_looked_up_under_the_alias_where_there_is_one(here: Laptop) -> None:
    here.configures("econ1", "hostkeyalias lab\n", port=2222)
    here.knows("lab", "RSA")

    assert laptop.fingerprints(ECON1) == ("RSA SHA256:of-RSA",)


def test_this_machine_is_not_asked_about() -> None:
    local = Route("@local", "alice", "/run/socket", 20_001)

    assert laptop.known([local]) == {}
    assert laptop.fingerprints(local) == ()


def test_a_computer_without_ssh_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    laptop._configured.cache_clear()

    with pytest.raises(StataFleetError, match="no `ssh`"):
        laptop.known([ECON1])
