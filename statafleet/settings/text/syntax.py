"""What is wrong with text that is not YAML, in a user's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from yaml.reader import ReaderError

from statafleet.settings.problems.problem import NOT_SHOWN, Problem, is_secret, shown
from statafleet.settings.text.node import Position

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUOTE_OR_COLON = "put the text in quotes, or end the key above with a colon"

# How PyYAML 6's complaints begin, and what is said instead.
_WORDS = (
    ("found character '\\t'", "a tab, where YAML wants spaces", "indent with spaces"),
    ("mapping values are not allowed", "a colon, where no key can stand", _QUOTE_OR_COLON),
    (
        "could not find expected ':'",
        "a key without its colon",
        "write `:` and a space after the key",
    ),
    ("expected <block end>", "not indented like the lines above", "align it with its neighbours"),
    ("found undefined alias", "an alias of nothing", "write the value out, or put it in quotes"),
    ("but found another document", "a second document begins here", "put it in a file of its own"),
    ("found unexpected end of stream", "a quote that is never closed", "close the quote"),
    ("found unexpected document separator", "a quote that is never closed", "close the quote"),
    ("found unknown escape character", "a `\\` that means nothing here", "use single quotes"),
    ("expected ',' or", "a bracket that is never closed", "close the bracket"),
    ("found character", "a character that no value can begin with", "put the value in quotes"),
)
_OTHER = ("this is not YAML", "correct this line or the one above")


def syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    if isinstance(error, ReaderError):
        return _unprintable(error, text, file)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        what, fix = _words(f"{error.problem}")
        never_closed = what.endswith("never closed")
        mark = (never_closed and error.context_mark) or error.problem_mark
        given = _line(text.splitlines(), mark.line)
        return Problem(Position(file, mark.line + 1, mark.column + 1), "", what, fix, given)
    return Problem(Position(file, 1, 1), "", *_OTHER)


def _unprintable(error: ReaderError, text: str, file: str) -> Problem:
    before = text[: error.position]
    position = Position(file, before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
    return Problem(position, "", "a character that cannot be printed", "delete the character")


def _words(complaint: str) -> tuple[str, str]:
    return next(((what, fix) for begin, what, fix in _WORDS if begin in complaint), _OTHER)


def _line(lines: Sequence[str], number: int) -> str | None:
    """Not shown when it, or a line just above it, speaks of a secret."""
    if number >= len(lines) or not lines[number].strip():
        return None
    near = "\n".join(lines[max(0, number - 3) : number + 1])
    return NOT_SHOWN if is_secret(near) else shown(lines[number])
