"""`group_data/*.py`: runs the file, and takes of it the names that are settings."""

from __future__ import annotations

import ast
import runpy
import tokenize
import traceback
from typing import TYPE_CHECKING, Any

from statafleet.inventory.overrides import KEYS
from statafleet.inventory.python_values import Planter, Spot
from statafleet.settings.problems.problem import Problem, is_secret
from statafleet.settings.text.node import Node, Path, Position

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path as File


def read(path: File, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    try:
        names = runpy.run_path(str(path))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - it is the user's file
        return None, (_broken(error, path, file),)
    ours = {key: names[key] for key in KEYS if key in names}
    spots = dict(_spots(path, file))
    planter = Planter(spots)
    start = Position(file, 1)
    node = planter.node(ours, (), Spot(start, start))
    return node, tuple(planter.problems)


def _broken(error: BaseException, path: File, file: str) -> Problem:
    if isinstance(error, SyntaxError) and error.filename == str(path):
        line = error.lineno or 1
    else:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = (lines or [1])[-1] or 1
    words = "" if is_secret(str(error)) else f": {error}".splitlines()[0]
    what = "this file cannot be run"
    given = f"{type(error).__name__}{words}".removesuffix(": ")
    return Problem(Position(file, line), "", what, "correct this line", given)


def _spots(path: File, file: str) -> Iterator[tuple[Path, Spot]]:
    """The places of the settings that the file writes down as they are."""
    with tokenize.open(path) as source:
        text = source.read()
    for statement in ast.parse(text).body:
        for target in _targets(statement):
            value = getattr(statement, "value", None)
            if value is not None and target.id in KEYS:
                yield from _below((target.id,), target, value, _Text(text, file))


def _targets(statement: ast.stmt) -> list[ast.Name]:
    if isinstance(statement, ast.AnnAssign):
        named: list[Any] = [statement.target]
    else:
        named = statement.targets if isinstance(statement, ast.Assign) else []
    return [target for target in named if isinstance(target, ast.Name)]


class _Text:
    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file

    def spot(self, key: ast.expr, value: ast.expr) -> Spot:
        text = ast.get_source_segment(self._text, value)
        return Spot(self._position(key), self._position(value), text)

    def _position(self, node: ast.expr) -> Position:
        return Position(self._file, node.lineno, node.col_offset + 1)


def _below(path: Path, key: ast.expr, value: ast.expr, text: _Text) -> Iterator[tuple[Path, Spot]]:
    yield path, text.spot(key, value)
    if isinstance(value, ast.Dict):
        for name, item in zip(value.keys, value.values, strict=True):
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield from _below((*path, name.value), name, item, text)
