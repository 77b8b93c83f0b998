"""From the laptop to the notebook: a real browser, through a real `stata-fleet connect`."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .host import Host
from .installed import Installed
from .lab import Lab, chromium, picture, required_or_skipped
from .poll import until
from .project import REPOSITORY
from .visit import visit

CUT = 20


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    required_or_skipped()


@pytest.fixture
def clean(installed: Installed) -> Iterator[Installed]:
    """No kernels, notebooks or open tabs of an earlier story."""
    yield installed
    for host in installed.fleet.hosts.values():
        for owner in installed.owners(host):
            host.run(f"systemctl restart stata-fleet@{owner}")
            host.run("rm -rf ~/Untitled*.ipynb ~/.jupyter/lab/workspaces", user=owner)


def test_a_notebook_outlives_a_cut_line_and_a_closed_browser(clean: Installed, alpha: Host, tmp_path: Path) -> None:
    with visit(clean.project, "alice@alpha") as connect:
        page = connect.opens()
        with chromium(tmp_path) as browser:
            lab = Lab(browser.pages[0], page)
            lab.sign_in(clean.password)
            lab.new_notebook()
            lab.run("scalar x = 42")
            lab.save()
            (kernel,) = lab.kernels()
            assert lab.page.locator(".jp-DebuggerBugButton").count() == 0
            assert browser.pages[0].url.startswith("http://alice-alpha.localhost:")

            with alpha.without_network():
                since = time.monotonic()
                until(lambda: time.monotonic() - since > CUT, "the line was cut for long enough", 2 * CUT)
                lab.picture("notebook-cut-off")
            lab.reconnects()
            lab.run("display x")
            lab.prints("42", number=2)
            lab.picture("notebook")

        with chromium(tmp_path) as browser:
            lab = Lab(browser.pages[0], page)
            lab.has_notebook()
            assert lab.kernels() == [kernel]
            lab.run("display x")
            lab.prints("42", number=3)
            lab.picture("notebook-again")


def test_two_hosts_in_two_tabs_both_stay_signed_in(clean: Installed, tmp_path: Path) -> None:
    with visit(clean.project, "--json", "beta", "gamma") as connect, chromium(tmp_path) as browser:
        pages = [str(connect.sees("up", host)["url"]) for host in ("beta", "gamma")]
        labs = [Lab(browser.new_page(), page) for page in pages]
        for number, lab in enumerate(labs):
            lab.page.bring_to_front()
            lab.sign_in(clean.password)
            lab.new_notebook()
            lab.run(f"display {number} + 40")

        for number, lab in enumerate(labs):
            lab.page.bring_to_front()
            lab.page.reload()
            lab.has_notebook()
            lab.run(f"display {number} + 50")
            lab.prints(f"{number + 50}", number=2)
            assert lab.is_signed_in()
            lab.picture(f"two-hosts-{number + 1}")


def test_the_page_for_the_people_of_a_lab_is_read_on_any_screen(tmp_path: Path) -> None:
    program, lab = Path(sys.executable).with_name("stata-fleet"), REPOSITORY / "examples/lab"
    page = tmp_path / "page.html"
    command = [str(program), "access", "--all", "--format", "html"]
    page.write_bytes(subprocess.run(command, cwd=lab, stdout=subprocess.PIPE, check=True).stdout)
    with chromium(tmp_path / "profile") as browser:
        tab, loaded = browser.pages[0], list[str]()
        tab.on("request", lambda request: loaded.append(request.url))
        tab.goto(page.as_uri())
        picture(tab, "access-page")
        tab.set_viewport_size({"width": 360, "height": 740})
        picture(tab, "access-page-phone")

        assert tab.evaluate("document.documentElement.scrollWidth") == 360
        assert loaded == [page.as_uri()]
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.tagName") == "A"
