"""One problem of the settings, and the text that a user reads about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from statafleet.printable import printable
from statafleet.settings.problems.spelling import MOST_EDITS, edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from statafleet.settings.text.node import Node, Path, Position

NOT_SHOWN = "(not shown)"
LONGEST = 76

_WAYS = ("hash", "env", "file", "command")
_SECRET_KEYS = ("password", "passwd", "secret", "token")
# Of Jupyter's own options, and of its extensions'; as they are, since these are too short to be misspelt.
_SECRET_PARTS = ("pwd", "access_key", "api_key", "credential", "authorization")
_SECRET_TEXT = re.compile(
    r"pass|secret|token|hash|pwd|access_?key|api_?key|credential|authorization|\$2[abxy]?\$|argon2|[/:][^/:\s]*@",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Problem:
    position: Position
    key: str
    what: str
    fix: str
    given: str | None = None
    allowed: str | None = None

    @classmethod
    def of(cls, node: Node, what: str, fix: str, allowed: str | None = None) -> Self:
        """One of a value that was written down, and is shown."""
        return cls(node.position, dotted(node.path), what, fix, shown(node.text, node.path), allowed)

    def __str__(self) -> str:
        head = f"{self.position}: {self.key}: {self.what}" if self.key else f"{self.position}: {self.what}"
        lines = [head]
        for name, text in (("given", self.given), ("allowed", self.allowed), ("fix", self.fix)):
            if text is not None:
                lines.append(f"    {name + ':':<9} {text}")
        return "\n".join(printable(line) for line in lines)


def report(problems: Iterable[Problem], files: Sequence[str] = ()) -> str:
    """The whole text; `problems` stand in file order, as `files` gives it."""
    found = in_file_order(problems, files)
    count = _count(len(found), "problem")
    named = {problem.position.file for problem in found if not problem.position.file.startswith("--")}
    where = f" in {_count(len(named), 'file')}" if named else ""
    return "\n".join([*map(str, found), f"{count}{where}; nothing was sent to any host."])


def in_file_order(problems: Iterable[Problem], files: Sequence[str] = ()) -> list[Problem]:
    """Each once; files that `files` does not name come last."""
    rank = {file: number for number, file in enumerate(files)}
    once = dict.fromkeys(problems)
    return sorted(
        once,
        key=lambda problem: (rank.get(problem.position.file, len(rank)), problem.position, problem.key),
    )


def shown(text: str, path: Path = ()) -> str:
    """What was typed, on one line; a secret, and what may be one, is not shown."""
    if is_secret(text, path):
        return NOT_SHOWN
    first, *more = text.strip().splitlines() or [""]
    if more or len(first) > LONGEST:
        return first[: LONGEST - 2].rstrip() + " …"
    return first or "nothing"


def dotted(path: Path) -> str:
    """A key's whole name; below a secret's key, only the words that we know ourselves."""
    secret = [any(map(_is_secret_key, map(str, path[:number]))) for number in range(len(path))]
    steps = zip(map(str, path), secret, strict=True)
    return ".".join(NOT_SHOWN if hidden and step not in _WAYS else step for step, hidden in steps)


def is_secret(text: str, path: Path = ()) -> bool:
    return bool(_SECRET_TEXT.search(text)) or any(_is_secret_key(str(step)) for step in path)


def _is_secret_key(key: str) -> bool:
    word = key.lower()
    misspelt = any(name in word or edits(word, name) <= MOST_EDITS for name in _SECRET_KEYS)
    return misspelt or any(part in word for part in _SECRET_PARTS)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
