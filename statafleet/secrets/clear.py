"""The passwords of a fleet in clear, each read once, and the problems of those that cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.errors import PasswordError
from statafleet.secrets import sources
from statafleet.settings.model.password import Password
from statafleet.settings.problems.problem import NOT_SHOWN, Problem, dotted
from statafleet.settings.problems.schema import allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pydantic import SecretStr

    from statafleet.inventory.hosts import Host, Server
    from statafleet.settings.text.node import Node, Position

Clear = dict[tuple[str, str], "SecretStr"]


def read_all(hosts: Iterable[Host], folder_of: Callable[[Position], Path]) -> tuple[Clear, list[Problem]]:
    reader = _Reader(folder_of)
    for host in hosts:
        for server in host.servers:
            reader.add(host.name, server)
    return reader.clear, reader.problems


class _Reader:
    """Remembers what it read: one command for a whole fleet is run once."""

    def __init__(self, folder_of: Callable[[Position], Path]) -> None:
        self.clear: Clear = {}
        self.problems: list[Problem] = []
        self._folder_of = folder_of
        self._read: dict[tuple[Password, Path], SecretStr | Problem] = {}

    def add(self, host: str, server: Server) -> None:
        password, node = server.jupyter.password, server.node.child("password")
        if password is None or node is None or password.hash is not None:
            return
        outcome = self._once(password, node)
        if isinstance(outcome, Problem):
            self.problems.append(outcome)
        else:
            self.clear[host, server.owner] = outcome

    def _once(self, password: Password, node: Node) -> SecretStr | Problem:
        key = (password, self._folder_of(node.position))
        if key not in self._read:
            self._read[key] = _read(*key, node)
        return self._read[key]


def _read(password: Password, folder: Path, node: Node) -> SecretStr | Problem:
    try:
        return sources.read(password, folder)
    except PasswordError as error:
        at = next((child for child in node.value.values() if child.value is not None), node)
        words = allowed(Password.model_fields.get(str(at.path[-1])))
        return Problem(at.position, dotted(at.path), error.what, error.fix, NOT_SHOWN, words)
