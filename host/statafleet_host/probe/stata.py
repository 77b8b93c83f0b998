"""Why Stata's console does not work here: `python -m statafleet_host.probe.stata PATH`, one line or nothing.

Run as the owner and within the server's limits, in a kernel of the server's: his `profile.do` runs. Judged by what the
console prints. Stata 18: exits with 0 even without a licence; its prompt is a dot at the start of a line.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import select
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

PROMPT = re.compile(r"(^|[\r\n])\. ?$")
LICENCE = re.compile(r"licen[sc]e|expired|too many users|not licen[sc]ed", re.IGNORECASE)
MISSING = re.compile(r"^\s*(\S+) => not found", re.MULTILINE)
PROMPT_SECONDS = 15
KEPT_BYTES = 65536


def diagnose(path: str) -> str | None:
    """None when the console answers with its prompt."""
    try:
        return _trouble(path)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{path} cannot be tried: {error}"


def _trouble(path: str) -> str | None:
    if not Path(path).exists():
        return f"no such file: {path}"
    if not (Path(path).is_file() and os.access(path, os.X_OK)):
        return f"{pwd.getpwuid(os.geteuid()).pw_name} may not run {path}"
    if missing := missing_libraries(path):
        return f"missing libraries: {', '.join(missing)}"
    return _console_trouble(path)


def missing_libraries(path: str) -> list[str]:
    """As the dynamic linker names them; none for a script, or where there is no ldd."""
    try:
        done = subprocess.run(["ldd", path], capture_output=True, text=True, check=False, timeout=PROMPT_SECONDS)
    except FileNotFoundError:
        return []
    return list(dict.fromkeys(MISSING.findall(done.stdout)))


def _console_trouble(path: str) -> str | None:
    text = _converse(path)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if PROMPT.search(text):
        return None
    if refusal := next((line for line in lines if LICENCE.search(line)), None):
        return f"Stata's licence: {refusal}"
    last = f"; its last line: {lines[-1]}" if lines else ""
    return f"{path} gives no prompt{last}"


def _converse(path: str) -> str:
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
            env={**os.environ, "TERM": "xterm", "LANG": "C.UTF-8"},
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
    """The last of it: a console may print for ever."""
    deadline, text = time.monotonic() + PROMPT_SECONDS, ""
    while not PROMPT.search(text) and (left := deadline - time.monotonic()) > 0:
        if select.select([terminal], [], [], left)[0]:
            try:
                text = (text + os.read(terminal, 4096).decode(errors="replace"))[-KEPT_BYTES:]
            except OSError:  # its end, on Linux
                break
    return text


def _leave(process: subprocess.Popen[bytes], terminal: int) -> None:
    """Give the seat of a network licence back, if it can."""
    with suppress(OSError, subprocess.TimeoutExpired):
        os.set_blocking(terminal, False)
        os.write(terminal, b"exit, clear\n")
        process.wait(timeout=3)


if __name__ == "__main__":
    sys.stdout.write(diagnose(sys.argv[1]) or "")
