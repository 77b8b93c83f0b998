"""The fixtures. Hosts are shared by a whole session: a test leaves them as it found them."""

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import fortress as fortresses
from .fleet import Fleet
from .fortress import Fortress
from .host import Host
from .installed import Installed, install
from .project import Project

TOOLS = ("systemd-nspawn", "mmdebstrap", "nft", "ip", "nsenter", "ssh", "ssh-keygen")
PACKAGES = "apt-get install systemd-container mmdebstrap nftables iproute2 openssh-client"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("hosts")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.failed:
        for host in _hosts_of(item):
            report.sections.append((f"{host.name}: failed units and journal", _last_words(host)))
    return report


@pytest.fixture(scope="session")
def fleet_available() -> None:
    """Skips where there can be no hosts; with STATA_FLEET_REQUIRE_HOSTS=1 it fails instead."""
    if not (missing := _missing()):
        return
    if os.environ.get("STATA_FLEET_REQUIRE_HOSTS") == "1":
        pytest.fail(f"the test fleet is required here, and it {missing}")
    pytest.skip(f"the test fleet {missing}")


@pytest.fixture(scope="session")
def fleet(fleet_available: None) -> Iterator[Fleet]:  # noqa: ARG001 - asked for its verdict
    """Three hosts that are up: alpha and gamma are entered as root, beta as admin with sudo."""
    with Fleet() as fleet:
        alpha = fleet.add("alpha", "bookworm")
        beta = fleet.add("beta", "bookworm", login="admin")
        gamma = fleet.add("gamma", "trixie")
        fleet.boot(alpha, beta, gamma)
        yield fleet


@pytest.fixture(scope="session")
def alpha(fleet: Fleet) -> Host:
    return fleet.hosts["alpha"]


@pytest.fixture(scope="session")
def beta(fleet: Fleet) -> Host:
    return fleet.hosts["beta"]


@pytest.fixture(scope="session")
def gamma(fleet: Fleet) -> Host:
    return fleet.hosts["gamma"]


@pytest.fixture(scope="session")
def old_host(fleet: Fleet) -> Host:
    """Debian 11 with Python 3.9, too old to be managed."""
    host = fleet.add("old", "bullseye")
    fleet.boot(host)
    return host


@pytest.fixture
def project(tmp_path: Path, fleet: Fleet) -> Project:
    return Project(tmp_path, fleet)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, fleet: Fleet) -> Installed:
    """The fleet after one deploy: alice on every host, bob on alpha too, all with one password."""
    return install(tmp_path_factory.mktemp("installed"), fleet)


@pytest.fixture(scope="session")
def fortress(tmp_path_factory: pytest.TempPathFactory, fleet_available: None) -> Iterator[Fortress]:  # noqa: ARG001
    """Two hosts on a network of their own, deployed under mallory's eyes; for the tests that attack."""
    with Fleet() as fleet:
        yield fortresses.build(tmp_path_factory.mktemp("fortress"), fleet)


def _missing() -> str | None:
    if platform.system() != "Linux":
        return "needs Linux"
    if os.geteuid() != 0:
        return "needs root"
    if absent := [tool for tool in TOOLS if not shutil.which(tool)]:
        return f"needs {', '.join(absent)}: {PACKAGES}"
    return None


def _hosts_of(item: pytest.Item) -> list[Host]:
    """The hosts that the test names, or all when it names none."""
    asked_for = getattr(item, "funcargs", {}).values()
    fleets = [value for value in asked_for if isinstance(value, Fleet)]
    fleets += [value.fleet for value in asked_for if isinstance(value, Fortress)]
    named = [value for value in asked_for if isinstance(value, Host)]
    return named or [host for fleet in fleets for host in fleet.hosts.values()]


def _last_words(host: Host) -> str:
    try:
        failed = host.run("systemctl --failed --no-legend", check=False).stdout
        return f"{failed}\n{host.journal(lines=80)}"
    except Exception as error:  # noqa: BLE001 - the test's own failure must be what is reported
        return f"its log cannot be read: {error}"
