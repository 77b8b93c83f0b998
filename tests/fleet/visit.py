"""A person at their laptop: `stata-fleet connect` runs, and what it says and opens is seen."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .poll import until
from .project import Project

SSH = """\
#!/bin/sh
# OpenSSH takes its configuration from the account's home, not from HOME.
exec /usr/bin/ssh -F {home}/.ssh/config "$@"
"""
BROWSER = """\
#!/bin/sh
echo "$1" >>{opened}
"""


class Visit:
    def __init__(self, process: subprocess.Popen[str], opened: Path) -> None:
        self.process, self.lines = process, list[str]()
        self._opened = opened
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def said(self) -> str:
        return "\n".join(self.lines)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def sees(self, event: str, host: str, times: int = 1, seconds: float = 60) -> dict[str, Any]:
        """The event of this host, once it has been told so many times."""

        def told() -> dict[str, Any] | None:
            found = [each for each in self.events if (each["event"], each["host"]) == (event, host)]
            return found[times - 1] if len(found) >= times else None

        try:
            return until(told, f"connect tells `{event}` of {host}", seconds)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it said:\n{self.said}") from None

    def opens(self) -> str:
        """The page that it opened in the browser."""
        return until(self._last_opened, "a page is opened")

    def end(self, by: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(by)
        return self.ended()

    def ended(self) -> int:
        status = self.process.wait(timeout=30)
        self._reader.join(timeout=30)
        return status

    def _last_opened(self) -> str | None:
        lines = self._opened.read_text().split() if self._opened.exists() else []
        return lines[-1] if lines else None

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))


@contextmanager
def visit(project: Project, *arguments: str) -> Iterator[Visit]:
    """`stata-fleet connect`, from its start to its end by Ctrl-C."""
    opened = project.home / f"opened-{'-'.join(arguments).replace('@', '-')}"
    opened.unlink(missing_ok=True)
    project.environment["BROWSER"] = str(program(project.home / "bin/browser", BROWSER.format(opened=opened)))
    give_ssh(project)
    with project.start("stata-fleet", "connect", *arguments) as process:
        here = Visit(process, opened)
        try:
            yield here
        finally:
            if process.poll() is None:
                here.end()


def give_ssh(project: Project) -> None:
    """`ssh` is the system's, with the configuration of the project's home."""
    folder = program(project.home / "bin/ssh", SSH.format(home=project.home)).parent
    path = project.variables()["PATH"]
    if not path.startswith(f"{folder}:"):
        project.environment["PATH"] = f"{folder}:{path}"


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file
