"""What ssh asks of a person reaches their terminal, one question at a time."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .installed import Installed
from .terminal import terminal
from .visit import give_ssh

PASSPHRASE = "open sesame"
ASKED = "Enter passphrase"


@pytest.fixture
def locked_key(installed: Installed, tmp_path: Path) -> Iterator[Installed]:
    """The person's key has a passphrase, and no agent knows it."""
    key, config = tmp_path / "alice", installed.project.home / ".ssh/config"
    shutil.copy(installed.fleet.key("alice"), key)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", PASSPHRASE, "-f", key], check=True)
    kept = config.read_text()
    theirs = str(installed.fleet.folder / "%r")
    config.write_text(kept.replace(theirs, str(key)).replace("BatchMode yes", "BatchMode no"))
    give_ssh(installed.project)
    yield installed
    config.write_text(kept)


def test_a_passphrase_is_asked_for_on_the_terminal(locked_key: Installed) -> None:
    with terminal(locked_key.project, "stata-fleet", "connect", "--no-browser", "beta") as screen:
        screen.shows(ASKED)
        screen.type(f"{PASSPHRASE}\n")
        screen.shows(" up ")

        screen.type("\x03")
        assert screen.ends() == 0


def test_two_hosts_never_ask_at_the_same_time(locked_key: Installed) -> None:
    with terminal(locked_key.project, "stata-fleet", "connect", "--no-browser", "beta", "gamma") as screen:
        screen.shows(ASKED)
        screen.type(f"{PASSPHRASE}\n")
        screen.shows(ASKED, times=2)
        screen.type(f"{PASSPHRASE}\n")
        screen.shows(" up ", times=2)

        screen.type("\x03")
        assert screen.ends() == 0
