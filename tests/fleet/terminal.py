"""A person's terminal: what a program shows there, and what is typed."""

import os
import pty
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from .poll import until
from .project import Project


class Terminal:
    def __init__(self, process: int, keyboard: int) -> None:
        self.process, self.shown = process, ""
        self._keyboard = keyboard
        threading.Thread(target=self._read, daemon=True).start()

    def shows(self, text: str, times: int = 1) -> None:
        try:
            until(lambda: self.shown.count(text) >= times, f"the terminal shows {text}, {times} times")
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it shows:\n{self.shown}") from None

    def type(self, text: str) -> None:
        os.write(self._keyboard, text.encode())

    def ends(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])

    def _read(self) -> None:
        with suppress(OSError):
            while heard := os.read(self._keyboard, 4096):
                self.shown += heard.decode(errors="replace")


@contextmanager
def terminal(project: Project, *command: str) -> Iterator[Terminal]:
    process, keyboard = pty.fork()
    if process == 0:
        os.chdir(project.folder)
        words = project.argv(*command)
        os.execve(words[0], words, project.variables())  # noqa: S606 - the child of a fork has nothing else to do
    here = Terminal(process, keyboard)
    try:
        yield here
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(process, signal.SIGTERM)
            os.waitpid(process, 0)
        os.close(keyboard)
