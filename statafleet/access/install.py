"""The include file and its one line in `~/.ssh/config`; nothing else of that file is ever touched."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from statafleet.errors import StataFleetError

LINE = b"Include ~/.ssh/stata-fleet.conf\n"
_SAME = re.compile(rb'^[ \t]*Include[ \t=]+"?(~/\.ssh/)?stata-fleet\.conf"?[ \t]*\r?$', re.IGNORECASE | re.MULTILINE)
# Said at the include file's end, so that `remove` knows what was there before it.
NO_CONFIG = "# Before this there was no ~/.ssh/config.\n"
THEIR_LINE = "# The line that includes this was there before.\n"


def include_file(home: Path) -> Path:
    return home / ".ssh" / "stata-fleet.conf"


def config_file(home: Path) -> Path:
    """The real file: a link, as people who keep their dotfiles elsewhere have it, stays a link."""
    return Path(os.path.realpath(home / ".ssh" / "config"))


def install(text: str, home: Path) -> bool:
    """Whether the line had to be added."""
    include, config = include_file(home), config_file(home)
    include.parent.mkdir(mode=0o700, exist_ok=True)
    before = _read(config)
    found = before is not None and _SAME.search(before) is not None
    remark = _remembered(include) if include.exists() else _remark(before, found=found)
    _replace(include, (text + remark).encode(), 0o600)
    if not found:
        _replace(config, LINE + (before or b""), 0o600)
    return not found


def remove(home: Path) -> bool:
    """Whether there was anything. A line that was there before, or was written in another way, stays."""
    include, config = include_file(home), config_file(home)
    if not include.exists():
        return False
    remark, before = _remembered(include), _read(config)
    after = before if before is None or remark == THEIR_LINE else _without_line(before)
    if before is not None and after is not None and after != before:
        config.unlink() if remark == NO_CONFIG and not after else _replace(config, after, 0o600)
    include.unlink()
    return True


def _remark(before: bytes | None, *, found: bool) -> str:
    if before is None:
        return NO_CONFIG
    return THEIR_LINE if found else ""


def _remembered(include: Path) -> str:
    said = (_read(include) or b"").decode(errors="replace")
    return next((remark for remark in (NO_CONFIG, THEIR_LINE) if remark in said), "")


def _without_line(text: bytes) -> bytes:
    lines = text.splitlines(keepends=True)
    if LINE in lines:
        lines.remove(LINE)
    return b"".join(lines)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StataFleetError(f"{file}: cannot be read ({error.strerror}); nothing was changed") from None


def _replace(file: Path, content: bytes, mode: int) -> None:
    """Whole or not at all; an existing file keeps its mode and owner."""
    kept = file.stat() if file.exists() else None
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise StataFleetError(f"{file}: cannot be written ({error.strerror}); nothing was changed") from None
    new = Path(name)
    try:
        with open(handle, "wb") as opened:  # noqa: PTH123 - it is open already
            opened.write(content)
        new.chmod(kept.st_mode & 0o7777 if kept else mode)
        if kept and hasattr(os, "chown"):
            with suppress(PermissionError):
                os.chown(new, kept.st_uid, kept.st_gid)
        new.replace(file)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
