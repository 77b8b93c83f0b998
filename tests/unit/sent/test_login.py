"""Who came, as a host knows it by itself."""

import os
import pwd
import socket
from pathlib import Path

import pytest
from statafleet_host import proc
from statafleet_sent.parts import login

ME = pwd.getpwuid(os.geteuid()).pw_name


def no_login(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "logged_in", lambda: "")
    monkeypatch.setattr(login, "connection", lambda: "")


def test_sudo_is_told_with_who_called_it(monkeypatch: pytest.MonkeyPatch) -> None:
    no_login(monkeypatch)
    monkeypatch.delenv("SUDO_USER", raising=False)
    assert login.seen() == ME

    monkeypatch.setenv("SUDO_USER", "adam")

    assert login.seen() == "adam by sudo"


def test_the_kernels_word_for_the_login_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    no_login(monkeypatch)
    monkeypatch.setenv("SUDO_USER", "adam")
    monkeypatch.setattr(login, "logged_in", lambda: "eve")

    assert login.seen() == "eve by sudo"


def test_the_outermost_connection_is_where_somebody_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is held further below may be of anybody's making."""
    above = {os.getpid(): 30, 30: 20, 20: 10, 10: 1, 1: 0}
    held = {30: {"192.0.2.66:1"}, 10: {"192.0.2.1:51512"}}
    monkeypatch.setattr(proc, "parents", lambda: above)
    monkeypatch.setattr(proc, "connected", lambda pid: held.get(pid, set()))

    assert login.connection() == "192.0.2.1:51512"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="only /proc tells")
def test_a_connection_that_a_process_holds_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs, address = listener.accept()
        with ours, theirs:
            assert f"127.0.0.1:{address[1]}" in proc.connected(os.getpid())

    assert f"127.0.0.1:{address[1]}" not in proc.connected(os.getpid())
