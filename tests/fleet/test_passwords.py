"""Where a password comes from, when it counts, and what a second run makes of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import bcrypt
import pytest

from .attack import ask
from .fleet import Fleet
from .host import Host
from .installed import INVENTORY, PASSWORD, Installed
from .poll import until
from .project import Project
from .visitor import Visitor, ends

CONFIG = "/opt/stata-fleet/current/secrets/alice/secret"
SIGNED_IN = 302
# A run that dies as soon as the new release is switched on.
HALF = """\
from pyinfra import host
from statafleet.run import lease, operations
from statafleet.run.plan import plan

planned = plan(host)
operations.switch(
    changes=planned.changes.releases, answers=planned.answers, lease=lease.wanted(planned.observed), name="switch"
)
"""


@pytest.fixture
def beta_again(installed: Installed) -> Iterator[Project]:
    """Beta's own group data may be changed; afterwards it is as before."""
    yield installed.project
    (installed.project.folder / "group_data" / "beta.yml").unlink(missing_ok=True)
    assert installed.project.pyinfra("-y", "--limit", "beta").returncode == 0


def test_a_clear_password_is_hashed_once(installed: Installed, beta: Host) -> None:
    before = beta.read(CONFIG)

    again = installed.project.pyinfra("-y", "--limit", "beta", "--data", "jupyter.directory=~/work")
    back = installed.project.pyinfra("-y", "--limit", "beta")

    assert (again.returncode, back.returncode) == (0, 0)
    assert before.startswith(b"$2b$12$")
    assert beta.read(CONFIG) == before


def set_password(project: Project, word: str) -> None:
    hashed = bcrypt.hashpw(word.encode(), bcrypt.gensalt(10)).decode()
    project.group_data("beta", f"jupyter: {{password: {{hash: {hashed!r}}}}}\n")


@contextmanager
def at_work(fleet: Fleet, host: Host, owner: str, port: int) -> Iterator[tuple[Visitor, str]]:
    """Somebody who signed in with the password that every server has, and has a variable in Stata."""
    with fleet.forward(host, owner, port) as near:
        visitor = Visitor(f"http://127.0.0.1:{near}")
        assert visitor.sign_in(PASSWORD).status_code == SIGNED_IN
        kernel = visitor.new_kernel()
        visitor.run(kernel, "scalar kept = 40 + 2")
        yield visitor, kernel


def sign_in(visitor: Visitor, password: str) -> Visitor | None:
    """Somebody else, at the same address; nobody where the password opens nothing."""
    other = Visitor(visitor.origin)
    return other if other.sign_in(password).status_code == SIGNED_IN else None


def test_a_new_password_counts_at_once_and_ends_nobodys_work(beta_again: Project, fleet: Fleet, beta: Host) -> None:
    with at_work(fleet, beta, "alice", 8888) as (thief, kernel):
        line = thief.listen(kernel)
        set_password(beta_again, "battery staple")

        changed, again = (beta_again.pyinfra("-y", "--limit", "beta") for _ in range(2))

        assert changed.returncode == 0, changed.stdout
        assert "alice: new password or token" in changed.stdout
        assert "nothing to do" in again.stdout
        assert ends(line)
        assert not thief.may_read()
        assert not sign_in(thief, PASSWORD)
        owner = sign_in(thief, "battery staple")
        assert owner
        assert owner.kernels() == [kernel]
        assert owner.run(kernel, "display kept").strip() == "42"

        crash(beta, "alice")
        assert owner.may_read()
        assert not sign_in(thief, PASSWORD)
        assert "nothing to do" in beta_again.pyinfra("-y", "--limit", "beta").stdout

    entry = json.loads(beta.read("/opt/stata-fleet/journal.jsonl").splitlines()[-1])
    assert entry["seen"].startswith("admin by sudo from 10.")
    kept = beta.run("ls -d /opt/stata-fleet/releases/*/secrets").stdout.split()
    assert kept == [beta.run("readlink -f /opt/stata-fleet/current").stdout.strip() + "/secrets"]


def crash(host: Host, owner: str) -> None:
    """The server; it is there again."""
    before = host.main_pid(owner)
    host.run(f"kill -9 {before}")
    until(lambda: host.main_pid(owner) not in (0, before), "the server is started again")
    until(lambda: ask(host, owner, "127.0.0.1:8888", "/api") == "200", "the server answers", 60)


def test_a_run_that_died_before_it_told_a_server_is_followed_by_one_that_does(
    beta_again: Project, fleet: Fleet, beta: Host
) -> None:
    with at_work(fleet, beta, "alice", 8888) as (thief, kernel):
        set_password(beta_again, "battery staple")
        (beta_again.folder / "half.py").write_text(HALF)
        half = beta_again.run("pyinfra", "inventory.py", "half.py", "-y", "--limit", "beta")
        assert half.returncode == 0, half.stdout
        assert thief.may_read()

        whole = beta_again.pyinfra("-y", "--limit", "beta")

        assert whole.returncode == 0, whole.stdout
        assert not thief.may_read()
        owner = sign_in(thief, "battery staple")
        assert owner
        assert owner.kernels() == [kernel]
        owner.end_kernel(kernel)


def test_nobody_signs_in_to_the_server_of_an_owner_who_was_taken_out(
    installed: Installed, fleet: Fleet, alpha: Host
) -> None:
    with at_work(fleet, alpha, "bob", 8889) as (bob, kernel), without_bob(installed):
        gone, again = (installed.project.pyinfra("-y", "--limit", "alpha") for _ in range(2))

        assert (gone.returncode, again.returncode) == (0, 0), gone.stdout
        assert "its server stays while it has 1 kernel" in gone.stdout
        assert "nothing to do" in again.stdout
        assert not bob.may_read()
        assert not sign_in(bob, PASSWORD)
        assert f"kernel-{kernel}" in alpha.run("ps -u bob -o args").stdout

    with fleet.forward(alpha, "bob", 8889) as port:
        back = Visitor(f"http://127.0.0.1:{port}")
        assert back.sign_in(PASSWORD).status_code == SIGNED_IN
        assert back.run(kernel, "display kept").strip() == "42"
        back.end_kernel(kernel)


@contextmanager
def without_bob(installed: Installed) -> Iterator[None]:
    """He is in no setting of alpha's meanwhile; afterwards he is back."""
    installed.project.inventory(INVENTORY.replace(", bob: {port: 8889}", ""))
    try:
        yield
    finally:
        installed.project.inventory(INVENTORY)
        done = installed.project.pyinfra("-y", "--limit", "alpha")
        assert done.returncode == 0, done.stdout


def test_without_a_password_a_token_is_made_shown_once_and_kept(beta_again: Project, fleet: Fleet, beta: Host) -> None:
    beta_again.group_data("beta", "jupyter: {password: }\n")

    first = beta_again.pyinfra("-y", "--limit", "beta")
    second = beta_again.pyinfra("-y", "--limit", "beta")

    token = beta.read(CONFIG).decode().removeprefix("token:")
    assert token in first.stdout
    assert "nothing to do" in second.stdout
    assert token not in second.stdout
    with fleet.forward(beta, "alice", 8888) as port:
        assert Visitor(f"http://127.0.0.1:{port}").sign_in(token).status_code == 302
