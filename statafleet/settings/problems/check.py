"""What a model finds wrong with a tree, and what is left of the tree without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from statafleet.settings.model.fields import REFUSED, Refusal
from statafleet.settings.problems.schema import allowed, field_at
from statafleet.settings.problems.wording import of_key, of_value, problem, trap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from statafleet.settings.problems.problem import Problem
    from statafleet.settings.text.node import Node, Path


@dataclass(frozen=True)
class Checked:
    """What is left of a tree without what is wrong, and where something was."""

    node: Node | None
    problems: tuple[Problem, ...]
    wrong: frozenset[Path]


def check(model: type[BaseModel], node: Node) -> Checked:
    found = list(_problems(model, node))
    left = _without(node, [path for path, _ in found])
    while left is not None and (more := _wrong(model, left)):
        left = _without(left, more)
    return Checked(left, tuple(each for _, each in found), frozenset(path for path, _ in found))


def _without(node: Node, paths: list[Path]) -> Node | None:
    left: Node | None = node
    # From the last to the first, so that the numbers of a list's other items still hold.
    for path in sorted(set(paths), key=lambda path: [str(s).zfill(9) for s in path], reverse=True):
        left = left.without(path) if left else None
    return left


def _wrong(model: type[BaseModel], node: Node) -> list[Path]:
    return [_path(node, error) for error in _errors(model, node)]


def _problems(model: type[BaseModel], node: Node) -> Iterator[tuple[Path, Problem]]:
    traps = dict(_traps(model, node))
    yield from traps.items()
    for error in _errors(model, node):
        if error["type"] == REFUSED:
            yield from _refusals(model, node, error)
        elif (path := _path(node, error)) not in traps:
            yield path, problem(model, node.deepest(path), path, error)


def _errors(model: type[BaseModel], node: Node) -> list[ErrorDetails]:
    try:
        model.model_validate(node.plain())
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)
    return []


def _path(node: Node, error: ErrorDetails) -> Path:
    """The path of the nearest thing that the user did write."""
    path: Path = ()
    for step in error["loc"]:
        if step == "[key]" or node.find((*path, step)) is None:
            break
        path = (*path, step)
    return path


def _traps(model: type[BaseModel], node: Node) -> Iterator[tuple[Path, Problem]]:
    for path, child in node.walk():
        field = field_at(model, path)
        if isinstance(child.value, (int, float)) and (found := trap(child, field)):
            yield path, of_value(child, *found, allowed(field))


def _refusals(model: type[BaseModel], node: Node, error: ErrorDetails) -> Iterator[tuple[Path, Problem]]:
    refusals: tuple[Refusal, ...] = error["ctx"]["refusals"]
    for refusal in refusals:
        path = (*_path(node, error), *refusal.at)
        culprit = node.deepest(path)
        words = refusal.allowed or allowed(field_at(model, path))
        make = of_key if refusal.at or "[key]" in error["loc"] else of_value
        yield path, make(culprit, refusal.what, refusal.fix, words)
