"""What the other owner of a server on the same host, and anybody with an account there, can read."""

from collections.abc import Iterator

import pytest

from .attack import readable
from .fortress import Fortress
from .host import Host
from .visitor import Visitor

FOLDERS = ["/run/stata-fleet", "/var/lib/stata-fleet", "/var/cache/stata-fleet", "/run/credentials"]
FOLDERS += ["/opt/stata-fleet/current/secrets", "/opt/stata-fleet/releases"]
NOTEBOOK = {"type": "notebook", "content": {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}}


@pytest.fixture
def bobs_work(fortress: Fortress) -> Iterator[Visitor]:
    """bob has a notebook, a running kernel, and, for this test, a home that all may enter."""
    host = fortress.fort
    host.run("chmod 0755 ~bob")
    with fortress.visit("bob") as bob:
        fortress.sign_in(bob, "bob")
        answer = bob.session.put(
            f"{bob.origin}/api/contents/private.ipynb",
            json=NOTEBOOK,
            headers={"X-XSRFToken": bob.session.cookies.get("_xsrf") or ""},
            timeout=30,
        )
        assert answer.status_code in {200, 201}
        kernel = bob.new_kernel("stata")
        bob.run(kernel, "display 1")
        yield bob
        bob.end_kernel(kernel)
    host.run("chmod 0700 ~bob; rm ~bob/private.ipynb")


def test_each_owners_folders_are_closed_to_every_other_account(fortress: Fortress, bobs_work: Visitor) -> None:
    mine = readable(fortress.fort, "bob", FOLDERS)

    assert [path for path in mine if path.startswith("/var/lib/stata-fleet/bob/run/kernel-") and path.endswith(".json")]
    for account in ("alice", "mallory"):
        theirs = readable(fortress.fort, account, FOLDERS)
        assert not [path for path in theirs if "/bob" in path and "/servers/" not in path and "/units/" not in path]
        assert not [path for path in theirs if "/secrets/" in path]
        assert bobs_work.may_read()


def test_what_a_server_saves_is_its_owners_alone_also_in_an_open_home(fortress: Fortress, bobs_work: Visitor) -> None:
    assert fortress.fort.run("stat -c %a ~bob/private.ipynb").stdout == "600\n"
    assert "/home/bob" in readable(fortress.fort, "mallory", ["/home/bob"])
    assert "/home/bob/private.ipynb" not in readable(fortress.fort, "mallory", ["/home/bob"])
    assert bobs_work.may_read()


@pytest.mark.parametrize("hidepid", ["0", "2"])
def test_a_servers_environment_is_hidden_and_it_works_under_hidepid_too(
    fortress: Fortress, bobs_work: Visitor, hidepid: str
) -> None:
    host = fortress.fort
    host.run(f"mount -o remount,hidepid={hidepid} /proc")
    try:
        pid = host.run("systemctl show -P MainPID stata-fleet@bob").stdout.strip()
        for account in ("alice", "mallory"):
            assert not readable(host, account, [f"/proc/{pid}/environ", f"/proc/{pid}/fd", f"/proc/{pid}/maps"])
            assert shows(host, account, pid) == (hidepid == "0")
        assert f"/proc/{pid}/environ" in readable(host, "bob", [f"/proc/{pid}/environ"])
        kernel = bobs_work.new_kernel("stata")
        assert bobs_work.run(kernel, "display 40 + 2").strip() == "42"
        bobs_work.end_kernel(kernel)
        assert fortress.project.cli("verify", "--limit", "fort").returncode == 0
    finally:
        host.run("mount -o remount,hidepid=0 /proc")


def shows(host: Host, account: str, pid: str) -> bool:
    return host.run(f"test -d /proc/{pid}", user=account, check=False).returncode == 0


def test_one_owners_kernel_sees_no_process_of_another(fortress: Fortress) -> None:
    pid = fortress.fort.run("systemctl show -P MainPID stata-fleet@carol").stdout.strip()
    code = f"import os; print([p for p in (os.getpid(), {pid}) if os.path.exists(f'/proc/{{p}}')] == [os.getpid()])"
    with fortress.visit("bob") as bob:
        fortress.sign_in(bob, "bob")
        kernel = bob.new_kernel("python3")
        assert bob.run(kernel, code).strip() == "True"
        bob.end_kernel(kernel)
