"""Two servers in one real browser: none is ever sent the other's cookies, whatever its user or its host does."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from real_server import PASSWORD, Server  # type: ignore[import-not-found]

from statafleet.settings.model.own_name import own_name
from tests.browser.ways import PORTS, Carrier, connected, hostile, plain
from tests.fleet.lab import chromium, required_or_skipped

if TYPE_CHECKING:
    from playwright.sync_api import Cookie, Page

NAMES = {"alice": own_name("alice", "econ1"), "bob": own_name("bob", "econ2")}
WORKS = """async () => {
  const headers = {"X-XSRFToken": document.cookie.match(/_xsrf=([^;]+)/)[1]};
  const started = await fetch("/api/kernels", {method: "POST", headers, body: '{"name": "python3"}'});
  const kernel = `/api/kernels/${(await started.json()).id}`;
  const line = new WebSocket(`ws://${location.host}${kernel}/channels`);
  await new Promise((opened, failed) => { line.onopen = opened; line.onerror = failed; });
  line.close();
  return (await fetch(kernel, {method: "DELETE", headers})).status;
}"""


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    required_or_skipped()


@contextmanager
def jupyters(**names: str) -> Iterator[dict[str, Server]]:
    servers = {
        owner: Server(Path(tempfile.mkdtemp(prefix="stata-fleet-")), {"SignIn.host_name": name})
        for owner, name in names.items()
    }
    try:
        for server in servers.values():
            server.start()
        yield servers
    finally:
        for server in servers.values():
            server.end()
            shutil.rmtree(server.folder)


@pytest.fixture(scope="module")
def named() -> Iterator[dict[str, Server]]:
    with jupyters(**NAMES) as servers:
        yield servers


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a short name, as sockets need."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def page(tmp_path: Path) -> Iterator["Page"]:
    with chromium(tmp_path / "profile") as browser:
        yield browser.pages[0]


def sign_in(page: "Page", url: str) -> None:
    page.goto(f"{url}/login")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("#login_submit").click()
    page.wait_for_url(lambda address: "/login" not in address)


def cookies(page: "Page", name: str) -> "list[Cookie]":
    return [cookie for cookie in page.context.cookies() if cookie.get("domain") == name]


def received(by: Carrier, these: "list[Cookie]") -> list[str]:
    return [str(cookie.get("name")) for cookie in these if str(cookie.get("value")).encode() in by.heard]


def test_at_one_name_a_server_is_sent_the_cookies_of_the_other(page: "Page") -> None:
    """What the names are for: cookies know no ports."""
    with jupyters(alice="", bob="") as servers, ExitStack() as ways:
        bob = [ways.enter_context(plain(owner, server.port)) for owner, server in servers.items()][1]
        sign_in(page, f"http://127.0.0.1:{PORTS['alice']}")
        alices = cookies(page, "127.0.0.1")

        page.goto(f"http://127.0.0.1:{PORTS['bob']}/login")

        assert received(bob, alices) == ["_xsrf", f"username-127-0-0-1-{PORTS['alice']}"]


@pytest.mark.parametrize("typed", ["127.0.0.1", "localhost", "its own name"])
def test_no_server_is_sent_a_cookie_of_the_other_and_both_work(
    named: dict[str, Server], page: "Page", folder: Path, typed: str
) -> None:
    with ExitStack() as ways:
        carriers = {
            owner: ways.enter_context(connected(owner, NAMES[owner], server.port, folder))
            for owner, server in named.items()
        }
        tabs = {owner: page.context.new_page() for owner in named}
        for owner, tab in tabs.items():
            sign_in(tab, f"http://{typed if typed in ('127.0.0.1', 'localhost') else NAMES[owner]}:{PORTS[owner]}")
        for owner, tab in tabs.items():
            assert tab.url.startswith(f"http://{NAMES[owner]}:{PORTS[owner]}/")
            assert tab.evaluate(WORKS) == 204

        kept = {owner: cookies(page, NAMES[owner]) for owner in named}
        signed_in = {owner: ["_xsrf", f"username-{NAMES[owner].replace('.', '-')}-{PORTS[owner]}"] for owner in named}
        assert {owner: sorted(received(carriers[owner], kept[owner])) for owner in named} == signed_in
        assert received(carriers["bob"], kept["alice"]) == received(carriers["alice"], kept["bob"]) == []
        assert len(page.context.cookies()) == 4


@pytest.fixture
def alice(named: dict[str, Server], folder: Path) -> Iterator[Carrier]:
    with connected("alice", NAMES["alice"], named["alice"].port, folder) as carrier:
        yield carrier


def lured(page: "Page") -> list[str]:
    """What bob's host is sent of alice's, once it has led the browser to its own port under her server's name."""
    sign_in(page, f"http://{NAMES['alice']}:{PORTS['alice']}")
    page.goto(f"http://{NAMES['bob']}:{PORTS['bob']}/?to=http://{NAMES['alice']}:{PORTS['bob']}/")
    if page.locator("#shown").count():
        page.wait_for_function("document.title == 'asked again'")
    return [str(cookie.get("name")) for cookie in cookies(page, NAMES["alice"])]


@pytest.mark.usefixtures("alice")
def test_a_hostile_host_that_leads_to_its_own_port_by_plain_ssh_is_sent_the_cookies_of_another(page: "Page") -> None:
    """What `connect` is for; SECURITY.md says so."""
    with hostile() as port, plain("bob", port) as bob:
        names = lured(page)

        assert received(bob, cookies(page, NAMES["alice"])) == names


@pytest.mark.usefixtures("alice")
def test_a_hostile_host_gets_and_sets_no_cookie_of_another_through_connect(page: "Page", folder: Path) -> None:
    with hostile() as port, connected("bob", NAMES["bob"], port, folder) as bob:
        names = lured(page)

        assert b"GET /?to=" in bob.heard
        assert received(bob, cookies(page, NAMES["alice"])) == []
        assert "tossed" not in names
