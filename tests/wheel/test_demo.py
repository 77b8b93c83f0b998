"""`make demo` and `make demo-stop` as the README tells them, on this machine, in a home of their own."""

import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from statafleet_host import proc

from tests.wheel.clone import Clone

NO_NETWORK = re.compile(
    r"dns error|Failed to fetch|cannot be downloaded here|Network is unreachable|Connection refused"
)


class Home(Clone):
    """A clone whose demo takes a free port, with a lab in its inventory; its home has room for a socket's 107 bytes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        demo = self.folder / "demo" / "inventory" / "this-machine.yml"
        demo.write_text(demo.read_text() + f"    jupyter: {{port: {free_port()}}}\n")

    def told(self, word: str) -> str:
        done = self.demo(word, STATA_FLEET_INVENTORY="inventory/lab.yml")
        if done.returncode and NO_NETWORK.search(done.stdout):
            pytest.skip(f"packages cannot be had here: {done.stdout.splitlines()[-1]}")
        assert done.returncode == 0, done.stdout
        return done.stdout

    def processes(self) -> dict[int, list[str]]:
        """Everything that runs from this home."""
        found = {pid: proc.cmdline(pid) for pid in proc.parents()}
        return {pid: words for pid, words in found.items() if any(word.startswith(str(self.root)) for word in words)}

    def services(self) -> set[int]:
        """Those that stay: a kernel of the gate may still be on its way out."""
        names = ("/bin/supervisord", "/bin/jupyter-lab")
        return {pid for pid, words in self.processes().items() if any(word.endswith(names) for word in words)}

    def state(self) -> dict[str, float]:
        """What a second run must leave alone."""
        there = [*(self.root / "environments").iterdir(), *(self.root / "releases").iterdir(), self.root / "current"]
        return {str(path): path.lstat().st_mtime for path in there}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@pytest.fixture
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    made = Home(folder)
    yield made
    if made.root.exists():
        made.told("stop")
    shutil.rmtree(folder)


def test_the_demo_opens_changes_nothing_twice_and_leaves_nothing(home: Home) -> None:
    told = home.told("start")

    if stand_in := "it is not Stata" in told:
        assert told.index("There is no Stata on this machine") < told.index("display 1+1 gives 2")
    assert stand_in == (shutil.which("stata-mp") is None and not list(Path("/usr/local").glob("stata*")))
    address = re.search(r"^Open +(\S+)$", told, re.MULTILINE)
    token = re.search(r"^Sign in with the token (\S+)$", told, re.MULTILINE)
    assert address
    assert token
    contents = f"{address[1]}api/contents"
    assert requests.get(contents, timeout=30).status_code == 403
    assert requests.get(contents, headers={"Authorization": f"token {token[1]}"}, timeout=30).status_code == 200

    before, running = home.state(), home.services()
    again = home.told("start")

    assert "nothing to do" in again
    assert token[1] in again
    assert home.state() == before
    assert home.services() == running
    assert len(running) == 2

    home.told("stop")

    assert not home.root.exists()
    assert home.processes() == {}
    with pytest.raises(requests.ConnectionError):
        requests.get(contents, timeout=30)
