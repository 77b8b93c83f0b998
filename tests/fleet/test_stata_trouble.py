"""A host whose Stata is missing or broken: what the operator reads, and what still works."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .host import Host
from .installed import Installed

CONSOLE = "/usr/local/stata18/stata-mp"
NO_LICENCE = b"#!/bin/sh\necho 'Cannot find license file'\n"


@contextmanager
def instead_of_stata(host: Host, program: bytes | None) -> Iterator[None]:
    """For a while there is this program, or none."""
    host.run(f"mv {CONSOLE} {CONSOLE}.aside")
    try:
        if program is not None:
            host.write(CONSOLE, program, mode=0o755)
        yield
    finally:
        host.run(f"mv {CONSOLE}.aside {CONSOLE}")


@pytest.fixture
def mended(installed: Installed) -> Iterator[None]:
    """Afterwards gamma is as its settings say again."""
    yield
    done = installed.project.pyinfra("-y", "--limit", "gamma")
    assert done.returncode == 0, done.stdout
    assert "display 1+1 gives 2" in done.stdout or "nothing to do" in done.stdout


@pytest.mark.usefixtures("mended")
def test_a_stata_without_a_licence_is_named_as_that_and_fails_the_host(installed: Installed, gamma: Host) -> None:
    with instead_of_stata(gamma, NO_LICENCE):
        verified = installed.project.cli("verify", "--limit", "gamma")

    assert verified.returncode == 1, verified.stdout
    assert "Jupyter only: the Stata kernel does not answer" in verified.stdout
    assert "license" in verified.stdout


@pytest.mark.usefixtures("mended")
def test_a_named_stata_that_is_not_there_leaves_jupyter_and_fails_every_run(installed: Installed, gamma: Host) -> None:
    with instead_of_stata(gamma, None):
        first = installed.project.pyinfra("-y", "--limit", "gamma")
        second = installed.project.pyinfra("-y", "--limit", "gamma")

        for run in (first, second):
            assert run.returncode == 1
            assert f"Jupyter only: there is no program at {CONSOLE}" in run.stdout
        assert "Starting operation" not in second.stdout
        assert gamma.services()["stata-fleet@alice.service"] == "active"
        assert not gamma.exists("/opt/stata-fleet/current/servers/alice/kernels/stata")


@pytest.mark.usefixtures("mended")
def test_without_any_stata_auto_gives_jupyter_only_and_a_warning(installed: Installed, gamma: Host) -> None:
    with instead_of_stata(gamma, None):
        run = installed.project.pyinfra("-y", "--limit", "gamma", "--data", "stata.path=auto")

    assert run.returncode == 0, run.stdout
    assert "Jupyter only: no Stata in /usr/local/stata*" in run.stdout
    assert "no Stata kernel" in run.stdout


@pytest.mark.usefixtures("mended")
def test_auto_finds_the_stata_that_is_there(installed: Installed) -> None:
    run = installed.project.pyinfra("-y", "--limit", "gamma", "--data", "stata.path=auto")

    assert run.returncode == 0, run.stdout
    assert "nothing to do" in run.stdout
