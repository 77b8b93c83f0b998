"""JupyterLab in Debian's Chromium, in the words of the person at the keyboard."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from .poll import until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

CHROMIUM = Path("/usr/bin/chromium")
ARTEFACTS = Path(__file__).parents[1] / "artefacts"
WIDTH, HEIGHT = 1100, 700
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LONG = 60_000


def missing() -> str | None:
    try:
        import playwright.sync_api  # noqa: F401, PLC0415 - whether it is there is the question
    except ImportError:
        return "needs playwright (pip)"
    return None if CHROMIUM.exists() else "needs Debian's Chromium: apt-get install chromium"


def required_or_skipped() -> None:
    """Skips where there is no browser; with STATA_FLEET_REQUIRE_BROWSER=1 it fails instead."""
    if not (why := missing()):
        return
    if os.environ.get("STATA_FLEET_REQUIRE_BROWSER") == "1":
        pytest.fail(f"a browser is required here: it {why}")
    pytest.skip(f"the browser {why}")


@contextmanager
def chromium(profile: Path) -> Iterator["BrowserContext"]:
    """A browser that keeps its cookies in `profile`, as a person's does."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - an optional tool

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            headless=True,
            args=list(QUIET),
            viewport={"width": WIDTH, "height": HEIGHT},
        )
        context.set_default_timeout(LONG)
        try:
            yield context
        except BaseException:
            for number, page in enumerate(context.pages):
                picture(page, f"failed-{number}")
            raise
        finally:
            context.close()


class Lab:
    """One tab."""

    def __init__(self, page: "Page", url: str) -> None:
        self.page, self.url = page, url
        page.goto(url)

    def sign_in(self, password: str) -> None:
        self.page.locator("input[name=password]").fill(password)
        self.page.locator("#login_submit").click()
        self.page.locator("#jp-main-dock-panel").wait_for()

    def is_signed_in(self) -> bool:
        return self.asked("api/status") is not None

    def new_notebook(self, kernel: str = "Stata") -> None:
        self.page.locator(f".jp-LauncherCard[data-category=Notebook][title*={kernel}]").first.click()
        self._cells.first.wait_for()
        # Until there is a session, JupyterLab shows a kernel that idles, and forgets what it is told to run.
        until(self._is_joined, "the notebook has a kernel")
        self.page.get_by_text(f"{kernel} | Idle").wait_for()

    def has_notebook(self) -> None:
        """The tab shows the notebook that was open before, with its kernel."""
        self._cells.first.wait_for()
        until(self._is_joined, "the notebook has its kernel again")

    def reconnects(self) -> None:
        """The tab has its kernel again by itself; a word about the line is read and closed."""
        until(self._is_joined, "the tab is connected again", 90)
        told = self.page.locator(".jp-Dialog button").filter(has_text="Close")
        if told.count():
            told.click()

    def run(self, code: str) -> None:
        """In the last cell, once; what it prints comes in its own time."""
        self._cells.last.locator(".cm-content").click()
        self.page.keyboard.insert_text(code)
        self.page.keyboard.press("Shift+Enter")

    def prints(self, text: str, number: int) -> None:
        """What the kernel ran as its so-manieth cell shows exactly this."""
        prompt = self.page.locator(".jp-InputPrompt", has_text=f"[{number}]:")
        shown = self._cells.filter(has=prompt).locator(".jp-OutputArea-output")
        told = f"cell {number} shows {text}"
        until(lambda: [each.strip() for each in shown.all_inner_texts()] == [text], told, 60)

    def save(self) -> None:
        self.page.keyboard.press("Control+s")
        rename = self.page.locator(".jp-Dialog button.jp-mod-accept")
        rename.wait_for()
        rename.click()
        rename.wait_for(state="detached")

    def kernels(self) -> list[str]:
        return [session["kernel"]["id"] for session in self.asked("api/sessions")]

    def _is_joined(self) -> bool:
        kernels = [session["kernel"] for session in self.asked("api/sessions") or ()]
        return any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels)

    def asked(self, path: str) -> Any:
        """What the server's API gives to this tab; None if it does not know the tab."""
        get = "u => fetch(u, {signal: AbortSignal.timeout(5000)}).then(r => r.ok ? r.text() : 'null', () => 'null')"
        return json.loads(self.page.evaluate(get, f"{self.url}{path}"))

    def picture(self, name: str) -> None:
        news = self.page.get_by_role("button", name="No", exact=True)
        if news.count() and not self.page.locator(".jp-Dialog").count():
            news.click()
            news.wait_for(state="detached")
        picture(self.page, name)

    @property
    def _cells(self) -> "Locator":
        return self.page.locator(".jp-Notebook:visible .jp-CodeCell")


def picture(page: "Page", name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")
