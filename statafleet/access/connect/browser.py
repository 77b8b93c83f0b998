"""Opens a page in this person's browser, where there is one."""

from __future__ import annotations

import os
import sys


def there_is_one() -> bool:
    """On a Unix without a screen, only what `BROWSER` names: a text browser would take the terminal."""
    wanted = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in wanted)


def show(url: str) -> None:
    import webbrowser  # noqa: PLC0415 - it looks for browsers as soon as it is loaded

    webbrowser.open(url)
