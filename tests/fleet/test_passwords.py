"""Where a password comes from, and what a second run makes of it."""

from collections.abc import Iterator

import bcrypt
import pytest

from .fleet import Fleet
from .host import Host
from .installed import Installed
from .project import Project
from .visitor import Visitor

CONFIG = "/opt/stata-fleet/current/secrets/alice/secret"


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


def test_a_new_password_replaces_the_old_one(beta_again: Project, fleet: Fleet, beta: Host) -> None:
    new = bcrypt.hashpw(b"battery staple", bcrypt.gensalt(10)).decode()
    beta_again.group_data("beta", f"jupyter: {{password: {{hash: {new!r}}}}}\n")

    changed = beta_again.pyinfra("-y", "--limit", "beta")

    assert changed.returncode == 0, changed.stdout
    assert "alice: new password or token" in changed.stdout
    with fleet.forward(beta, "alice", 8888) as port:
        assert Visitor(f"http://127.0.0.1:{port}").sign_in("correct horse").status_code == 401
        assert Visitor(f"http://127.0.0.1:{port}").sign_in("battery staple").status_code == 302


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
