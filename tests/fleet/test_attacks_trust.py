"""What another account puts in root's way: a Python, a link, a port; and whom it costs his server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .fortress import INVENTORY, Fortress
from .host import Host
from .poll import until

MINE = """#!/bin/sh
id -un >/tmp/started-by
exec /usr/bin/python3 "$@"
"""
# As the service has a folder that it shows, on a host where mallory's `work` leads into alice's home.
BOUND = "systemd-run --quiet --wait --pipe -p User=bob -p ProtectHome=tmpfs -p BindPaths={0} cat {0}/draft"
NOTEBOOK = "profile: sealed, interface: notebook"
WORK = "/home/mallory/work"


@contextmanager
def written(fortress: Fortress, changes: dict[str, str]) -> Iterator[None]:
    """The inventory with these words replaced; afterwards it is the old one."""
    text = changed = INVENTORY.format(password="{file: ../password}", address=fortress.fort.address)
    for old, new in changes.items():
        assert old in changed
        changed = changed.replace(old, new, 1)
    fortress.project.inventory(changed)
    try:
        yield
    finally:
        fortress.project.inventory(text)


@contextmanager
def listening(host: Host, address: str, port: int) -> Iterator[None]:
    """mallory's program."""
    host.run(f"setsid python3 -m http.server {port} --bind {address} >/dev/null 2>&1 &", user="mallory")
    until(lambda: f":{port}" in host.run(f"ss -ltnH src '[{address}]'").stdout, "mallory's program listens")
    try:
        yield
    finally:
        host.run(f"pkill -u mallory -f 'http.server {port} --bind {address}'")


@pytest.fixture
def python(fortress: Fortress) -> Iterator[Path]:
    """mallory's own, on fort; it writes down who started it."""
    host, path = fortress.fort, Path("/home/mallory/bin/python3")
    host.write(str(path), MINE.encode(), mode=0o755)
    host.run("chown -R mallory: /home/mallory/bin")
    yield path
    host.run("rm -rf /home/mallory/bin /tmp/started-by")


def test_root_does_not_start_a_python_of_another_accounts(fortress: Fortress, python: Path) -> None:
    host = fortress.fort
    host.run(f"{python} -c 0")
    assert host.run("cat /tmp/started-by; rm /tmp/started-by").stdout == "root\n", "the attack writes nothing down"
    with written(fortress, {"fort:\n": f"fort:\n    python: {python}\n"}):
        run = fortress.project.pyinfra("--dry", "--limit", "fort")

    assert run.returncode == 1
    assert f"found: {python} (/home/mallory can be changed by mallory)" in run.stdout
    assert host.run("test -e /tmp/started-by", check=False).returncode == 1


def test_a_program_beside_our_address_is_nobodys_business(fortress: Fortress) -> None:
    with listening(fortress.fort, "::1", 8889), listening(fortress.fort, "127.0.0.9", 8889):
        assert "nothing to do" in fortress.deploy("--limit", "fort")


@pytest.fixture
def work(fortress: Fortress) -> Iterator[str]:
    """A folder of mallory's that is a link to an open one in alice's closed home."""
    host = fortress.fort
    host.run("mkdir -m 755 ~/thesis; echo private >~/thesis/draft; chmod 644 ~/thesis/draft", user="alice")
    host.run(f"ln -s /home/alice/thesis {WORK}", user="mallory")
    yield WORK
    host.run(f"rm -r {WORK} ~alice/thesis")


def test_what_concerns_one_owner_costs_him_his_change_and_nobody_else(fortress: Fortress, work: str) -> None:
    host = fortress.fort
    assert host.run(f"cat {work}/draft", user="bob", check=False).returncode != 0
    assert host.run(BOUND.format(work)).stdout == "private\n", "systemd does not follow the link"
    before = state(host)

    with (
        written(fortress, {"8889": f"8889, directory: {work}", "8443": "9977", "profile: sealed": NOTEBOOK}),
        listening(host, "0.0.0.0", 9977),  # noqa: S104 - mallory's
    ):
        first = fortress.project.pyinfra("-y", "--limit", "fort")
        between = state(host)
        second = fortress.project.pyinfra("-y", "--limit", "fort")

        for run in (first, second):
            assert run.returncode == 1
            assert f"bob: /home/mallory, which leads to {work}, can be changed by mallory" in run.stdout
            assert "carol: port 9977 is taken by python3" in run.stdout
        assert "alice: interface lab → notebook" in first.stdout
        assert "jupyter-notebook" in host.run("systemctl show -P ExecStart stata-fleet@alice").stdout
        for owner in ("bob", "carol"):
            assert between[owner] == before[owner]
        assert state(host) == between

    fortress.deploy("--limit", "fort")
    assert fortress.project.cli("verify", "--limit", "fort").returncode == 0


def state(host: Host) -> dict[str, str]:
    """What each server runs from, and the release."""
    shown = "systemctl show -p MainPID,BindPaths,ExecStart stata-fleet@{0}".format
    # A reload forgets the times that stand in ExecStart.
    servers = {
        owner: host.run(f"{shown(owner)} | sed 's/ start_time=.*//'").stdout for owner in ("alice", "bob", "carol")
    }
    return {**servers, "release": host.run("readlink /opt/stata-fleet/current").stdout}
