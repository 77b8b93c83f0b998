"""The passwords that the settings name, read on the controller, each once; no error ever shows one."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

from statafleet.errors import PasswordError
from statafleet.secrets.secret import Clear, Unread
from statafleet.settings.model.password import MOST_BYTES, Password
from statafleet.settings.problems.problem import NOT_SHOWN, Problem, dotted
from statafleet.settings.problems.schema import allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from statafleet.inventory.hosts import Host
    from statafleet.settings.text.node import Node, Position

LONGEST_WAIT = 60

# (host, owner) -> the password.
Passwords = dict[tuple[str, str], Clear]


def read_all(hosts: Iterable[Host], folder_of: Callable[[Position], Path]) -> tuple[Passwords, list[Problem]]:
    reader = _Reader(folder_of)
    for host, owner, password, node in _named(hosts):
        reader.add((host, owner), password, node)
    return reader.passwords, reader.problems


def unread(hosts: Iterable[Host], folder_of: Callable[[Position], Path]) -> tuple[Passwords, list[Problem]]:
    """Nothing is opened or run; two from one source are equal."""
    passwords: Passwords = {
        (host, owner): Unread(password.env or password.file or f"{folder_of(node.position)}: {password.command}")
        for host, owner, password, node in _named(hosts)
    }
    return passwords, []


def _named(hosts: Iterable[Host]) -> Iterator[tuple[str, str, Password, Node]]:
    """The servers, by host and owner, whose password comes from a source."""
    for host in hosts:
        for server in host.servers:
            password, node = server.jupyter.password, server.node.child("password")
            if password is not None and node is not None and password.hash is None:
                yield host.name, server.owner, password, node


class _Reader:
    """Remembers what it read: one command for a whole fleet is run once, and a password from two sources is one."""

    def __init__(self, folder_of: Callable[[Position], Path]) -> None:
        self.passwords: Passwords = {}
        self.problems: list[Problem] = []
        self._folder_of = folder_of
        self._read: dict[tuple[Password, Path], Clear | Problem] = {}
        self._known: dict[Clear, Clear] = {}

    def add(self, server: tuple[str, str], password: Password, node: Node) -> None:
        outcome = self._once(password, node)
        if isinstance(outcome, Problem):
            self.problems.append(outcome)
        else:
            self.passwords[server] = self._known.setdefault(outcome, outcome)

    def _once(self, password: Password, node: Node) -> Clear | Problem:
        key = (password, self._folder_of(node.position))
        if key not in self._read:
            self._read[key] = _outcome(*key, node)
        return self._read[key]


def _outcome(password: Password, folder: Path, node: Node) -> Clear | Problem:
    try:
        return read(password, folder)
    except PasswordError as error:
        at = next((child for child in node.value.values() if child.value is not None), node)
        words = allowed(Password.model_fields.get(str(at.path[-1])))
        return Problem(at.position, dotted(at.path), error.what, error.fix, NOT_SHOWN, words)


def read(password: Password, base: Path) -> Clear:
    """The password in clear; a relative `file` and a `command` start from `base`."""
    if password.env is not None:
        raw = _environment(password.env)
    elif password.file is not None:
        raw = _file(base / password.file)
    elif password.command is not None:
        raw = _command(password.command, base)
    else:
        raise PasswordError("this is a hash, which nothing can read back", "use the hash as it is")
    return Clear(_checked(raw))


def _environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise PasswordError("this variable is not in the environment", "set it, then run again")
    return os.fsencode(value)


def _file(path: Path) -> bytes:
    correct = "put the password there with mode 0600, or correct the path"
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise PasswordError("this is not a file", correct)
            if mode & 0o077:
                raise PasswordError("others can read this file", "run `chmod 600` on it")
            return file.read(4096)
    except (OSError, ValueError):
        raise PasswordError("cannot read this file", correct) from None


def _command(command: str, base: Path) -> bytes:
    run_it = "run it in a shell to see what it says"
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=base,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"this command said nothing within {LONGEST_WAIT} s"
        raise PasswordError(what, run_it) from None
    except (OSError, ValueError):
        raise PasswordError("this command cannot be run", run_it) from None
    if done.returncode != 0:
        raise PasswordError(f"this command failed with status {done.returncode}", run_it)
    return done.stdout


def _checked(raw: bytes) -> str:
    line = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise PasswordError("this password is empty", "give it a password")
    if len(line) > MOST_BYTES:
        raise PasswordError(f"this password is over {MOST_BYTES} bytes", "choose a shorter one")
    if b"\0" in line or b"\n" in line:
        raise PasswordError("this is not a single line of text", "leave the password alone in it")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise PasswordError("this password is not UTF-8", "choose another one") from None
