"""A file on the controller that the settings name, as text; what is no file is never waited for or read without end."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The certificates that a system trusts are 0.25 MB.
MOST = 4_000_000


def text(path: str | Path) -> str | None:
    """None where there is no such file, or it is not text of a size that such a file has."""
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            content = file.read(MOST + 1) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b""
            return content.decode() if 0 < len(content) <= MOST else None
    except (OSError, ValueError):
        return None
