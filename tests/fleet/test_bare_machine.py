"""What the README promises to somebody who tries this: an ordinary account on a bare Debian, and two commands."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from .authority import Authority
from .fleet import NEWCOMER, Fleet
from .host import Host, Result
from .project import REPOSITORY
from .tls_inspection import inspection

SUITES = ("bookworm", "trixie")
LONG = 1800
# Where the tests are run: they take longest, and CI runs them itself, as root and on the other Debian.
TESTED = "trixie"
BUNDLE = "/srv/stata-fleet.bundle"
# As a browser that opens the address and gives the token.
ASK = 'python3 -c "import sys, urllib.request as r; print(r.urlopen(sys.argv[1]).read().decode())" '


@dataclass
class Tried:
    """What somebody saw who followed the README."""

    demo: Result
    kernels: str
    stopped: Result
    left: str


@pytest.fixture(scope="module")
def hosts(fleet_available: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Host]]:  # noqa: ARG001
    folder = tmp_path_factory.mktemp("bare")
    authority = Authority("the network's own")
    with Fleet() as fleet, inspection(authority, fleet.gateway, folder) as port:
        fleet.open_tls(port)
        hosts = {suite: fleet.add_bare(suite, suite, authority.certificate) for suite in SUITES}
        fleet.boot(*hosts.values())
        repository = bundle(folder)
        for host in hosts.values():
            host.copy_in(repository, BUNDLE)
            host.run(f"git clone --quiet {BUNDLE} stata-fleet", user=NEWCOMER)
        yield hosts


@pytest.fixture(scope="module")
def tried(hosts: dict[str, Host]) -> dict[str, Tried]:
    with ThreadPoolExecutor() as pool:
        return dict(zip(hosts, pool.map(follow, hosts.values()), strict=True))


def bundle(folder: Path) -> Path:
    made = folder / "repository.bundle"
    subprocess.run(["git", "-C", REPOSITORY, "bundle", "create", "--quiet", made, "HEAD"], check=True)
    return made


def commands() -> list[str]:
    """Those of the README's first block, and the one in the words behind them."""
    block = (REPOSITORY / "README.md").read_text().partition("## Try it")[2].split("```")[1]
    return re.findall(r"make [\w-]+", block)


def follow(host: Host) -> Tried:
    demo, stop, _ = commands()
    started = do(host, demo)
    found = re.search(r"Open +(\S+)\nSign in with the token (\S+)", started.stdout)
    kernels = host.run(f"{ASK}'{found[1]}api/kernelspecs?token={found[2]}'", user=NEWCOMER).stdout if found else ""
    stopped = do(host, stop)
    left = host.run(f"ls ~/.local/share; pgrep --list-full --uid {NEWCOMER}", user=NEWCOMER, check=False).stdout
    return Tried(started, kernels, stopped, left)


def do(host: Host, command: str) -> Result:
    """As it is typed, both streams in order."""
    return host.run(f"cd stata-fleet && {command} 2>&1", user=NEWCOMER, check=False, seconds=LONG)


@pytest.mark.parametrize("suite", SUITES)
def test_the_demo_shows_jupyter_with_stata(tried: dict[str, Tried], suite: str) -> None:
    demo = tried[suite].demo

    assert demo.returncode == 0, demo.stdout
    assert "it is not Stata" in demo.stdout
    assert "display 1+1 gives 2" in demo.stdout
    assert '"display_name": "Stata"' in tried[suite].kernels


@pytest.mark.parametrize("suite", SUITES)
def test_the_demo_is_taken_away_again(tried: dict[str, Tried], suite: str) -> None:
    assert tried[suite].stopped.returncode == 0, tried[suite].stopped.stdout
    assert "stata-fleet" not in tried[suite].left


def test_the_tests_are_green_and_none_is_skipped_but_what_needs_root_or_a_browser(
    hosts: dict[str, Host],
    tried: dict[str, Tried],  # noqa: ARG001 - the demo came first, as in the README
) -> None:
    tested = do(hosts[TESTED], commands()[-1])

    assert tested.returncode == 0, tested.stdout[-20_000:]
    skipped = re.findall(r"^SKIPPED .*", tested.stdout, re.MULTILINE)
    assert [line for line in skipped if not re.search("root|tests/fleet/|Chromium", line)] == []
