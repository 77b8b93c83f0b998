"""Why Stata's console does not work for an account: one line, judged by what it prints.

Stata 18: exits with 0 even without a licence; its prompt is a dot at the start of a line.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import select
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

PROMPT = re.compile(r"(^|[\r\n])\. ?$")
LICENCE = re.compile(r"licen[sc]e|expired|too many users|not licen[sc]ed", re.IGNORECASE)
MISSING = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)
PROMPT_SECONDS = 15


def diagnose(path: str, uid: int) -> str | None:
    """None when the console answers with its prompt."""
    try:
        return _trouble(path, _account(uid))
    except (OSError, subprocess.SubprocessError, KeyError) as error:
        return f"{path} cannot be tried as account {uid}: {error}"


def _trouble(path: str, account: dict[str, Any]) -> str | None:
    if not Path(path).exists():
        return f"no such file: {path}"
    if _run(["test", "-f", path, "-a", "-x", path], account).returncode != 0:
        return f"{account['env']['USER']} may not run {path}"
    if missing := missing_libraries(path, account):
        return f"missing libraries: {', '.join(missing)}"
    return _console_trouble(path, account)


def missing_libraries(path: str, account: dict[str, Any]) -> list[str]:
    """As the dynamic linker names them; none for a script, or where there is no ldd."""
    try:
        return list(dict.fromkeys(MISSING.findall(_run(["ldd", path], account).stdout)))
    except FileNotFoundError:
        return []


def _console_trouble(path: str, account: dict[str, Any]) -> str | None:
    text = _converse(path, account)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if PROMPT.search(text):
        return None
    if refusal := next((line for line in lines if LICENCE.search(line)), None):
        return f"Stata's licence: {refusal}"
    last = f"; its last line: {lines[-1]}" if lines else ""
    return f"{path} gives no prompt{last}"


def _converse(path: str, account: dict[str, Any]) -> str:
    """What the console prints up to its prompt, its end, or the deadline."""
    ours, theirs = os.openpty()
    try:
        process = subprocess.Popen(
            [path, "-q"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=_own_the_terminal,  # noqa: PLW1509  (this program has no threads)
            **account,
        )
    finally:
        os.close(theirs)
    try:
        text = _read_to_prompt(ours)
        _leave(process, ours)
        return text
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _own_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read_to_prompt(terminal: int) -> str:
    deadline, text = time.monotonic() + PROMPT_SECONDS, ""
    while not PROMPT.search(text):
        readable, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not readable:
            break
        try:
            text += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # its end, on Linux
            break
    return text


def _leave(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Give the seat of a network licence back, if it can."""
    with suppress(OSError, subprocess.TimeoutExpired):
        os.write(terminal, b"exit, clear\n")
        process.wait(timeout=3)


def _run(command: list[str], account: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PROMPT_SECONDS, **account)


def _account(uid: int) -> dict[str, Any]:
    """How to start a program as this account: only root can and needs to become it."""
    entry = pwd.getpwuid(uid)
    env = {"HOME": entry.pw_dir, "USER": entry.pw_name, "LOGNAME": entry.pw_name}
    env |= {"PATH": os.environ.get("PATH", os.defpath), "TERM": "xterm", "LANG": "C.UTF-8"}
    home = entry.pw_dir if Path(entry.pw_dir).is_dir() else "/"
    if uid == os.geteuid():
        return {"env": env, "cwd": home}
    groups = os.getgrouplist(entry.pw_name, entry.pw_gid)
    become = {"user": uid, "group": entry.pw_gid, "extra_groups": groups}
    return {"env": env, "cwd": home, **become}
