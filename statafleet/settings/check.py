"""What a model finds wrong with a tree, as problems in a user's words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from statafleet.settings.fields import REFUSED, Refusal
from statafleet.settings.node import Node, Path, dotted
from statafleet.settings.problems import NOT_SHOWN, Problem, is_secret, shown
from statafleet.settings.schema import allowed, field_at, is_number, model_at, words_of
from statafleet.settings.spelling import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

_OCTAL = re.compile(r"[-+]?0[0-9_]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_BOOLEAN_WORDS = re.compile(r"yes|no|on|off", re.IGNORECASE)

_UNQUOTED = {
    "int_type": re.compile(r"[1-9][0-9]*"),
    "float_type": re.compile(r"[0-9]+(\.[0-9]+)?"),
    "bool_type": re.compile(r"true|false"),
}

# pydantic 2's kinds of error, without those that `refuse` makes.
_WHAT = {
    "string_type": "not text",
    "string_unicode": "not text that can be written down",
    "string_pattern_mismatch": "not of the right form",
    "int_type": "not a whole number",
    "int_from_float": "not a whole number",
    "float_type": "not a number",
    "finite_number": "not a number",
    "bool_type": "neither true nor false",
    "dict_type": "not a map",
    "model_type": "not a map",
    "tuple_type": "not a list",
    "literal_error": "not one of the allowed words",
    "greater_than": "too small",
    "greater_than_equal": "too small",
    "less_than": "too large",
    "less_than_equal": "too large",
    "missing": "a key is missing here",
}


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
            yield path, _problem(model, node, error)


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
        if isinstance(child.value, (int, float)) and (trap := _trap(child, field)):
            yield path, _of_value(child, *trap, allowed(field))


def _trap(node: Node, field: FieldInfo | None) -> tuple[str, str] | None:
    if _OCTAL.fullmatch(node.text):
        meant = node.text.lstrip("+-0_") or "0"
        what = f"YAML reads a leading zero as octal, so this is {node.value}"
        return what, f"write `{_line(node, meant)}`"
    if _SEXAGESIMAL.fullmatch(node.text):
        what = f"YAML reads colons between digits as base 60, so this is {node.value}"
        return what, _example(node.path, field) if is_number(field) else f'put it in quotes: "{node.text}"'
    return None


def _refusals(model: type[BaseModel], node: Node, error: ErrorDetails) -> Iterator[tuple[Path, Problem]]:
    refusals: tuple[Refusal, ...] = error["ctx"]["refusals"]
    for refusal in refusals:
        path = (*_path(node, error), *refusal.at)
        culprit = node.deepest(path)
        of_key = bool(refusal.at) or "[key]" in error["loc"]
        words = refusal.allowed or allowed(field_at(model, path))
        make = _of_key if of_key else _of_value
        yield path, make(culprit, refusal.what, refusal.fix, words)


def _problem(model: type[BaseModel], node: Node, error: ErrorDetails) -> Problem:
    path = _path(node, error)
    culprit = node.deepest(path)
    if error["type"] == "extra_forbidden":
        return _unknown_key(model, culprit, path)
    if error["type"] == "missing":
        return _missing_key(model, culprit, path, str(error["loc"][-1]))
    field = field_at(model, path)
    what = _WHAT.get(error["type"], "not allowed here")
    fix = _example(path, field)
    if near := _nearest_word(field, culprit.value):
        fix = f"did you mean `{near}`?"
    elif error["type"] in _UNQUOTED and _UNQUOTED[error["type"]].fullmatch(str(culprit.value)):
        fix = f"write `{_line(culprit, culprit.value)}`, without quotes"
    elif culprit.value is None:
        what = "a value is missing"
    elif culprit.value in (True, False) and _BOOLEAN_WORDS.fullmatch(culprit.text):
        what = f"YAML reads `{culprit.text}` as {str(culprit.value).lower()}"
        fix = fix if words_of(field) else f'put it in quotes: "{culprit.text}"'
    return _of_value(culprit, what, fix, allowed(field))


def _nearest_word(field: FieldInfo | None, value: Any) -> str | None:
    return nearest(value, words_of(field)) if isinstance(value, str) else None


def _unknown_key(model: type[BaseModel], culprit: Node, path: Path) -> Problem:
    parent = model_at(model, path[:-1])
    known = sorted(parent.model_fields) if parent else []
    name = str(path[-1])
    near = nearest(name, known)
    fix = f"did you mean `{near}`?" if near else _elsewhere(parent, name)
    return _of_key(culprit, "no such key", fix, ", ".join(known))


def _elsewhere(parent: type[BaseModel] | None, name: str) -> str:
    for key in parent.model_fields if parent else ():
        below = model_at(parent, (key,)) if parent else None
        if below and name in below.model_fields:
            return f"move it under `{key}:`"
    if name in ("ssh", "sudo", "groups"):
        return "write it in the host's own entry"
    return "delete this key, or correct its spelling"


def _missing_key(model: type[BaseModel], culprit: Node, path: Path, name: str) -> Problem:
    field = field_at(model, (*path, name))
    parent = model_at(model, path)
    words = ", ".join(sorted(parent.model_fields)) if parent else None
    return _of_value(culprit, f"`{name}` is missing", _example((name,), field, "add"), words)


def _example(path: Path, field: FieldInfo | None, verb: str = "write") -> str:
    if field is None or not field.examples:
        return "write it as the documentation shows it" if path else "begin with a key and a colon"
    value = field.examples[0] if field.default in (None, False) else field.default
    if isinstance(field.examples[0], (dict, list)):
        kind = "map" if isinstance(field.examples[0], dict) else "list"
        return f"{verb} a {kind} under `{path[-1]}:`"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{verb} e.g. `{path[-1]}: {text}`"


def _of_key(node: Node, what: str, fix: str, words: str | None) -> Problem:
    name = str(node.path[-1]) if node.path else ""
    secret = is_secret(f"{name}: {node.text}", node.path)
    given = f"{name}: {NOT_SHOWN}" if secret else shown(f"{name}: {node.text}")
    return Problem(node.key_place, dotted(node.path), what, fix, given, words)


def _of_value(node: Node, what: str, fix: str, words: str | None) -> Problem:
    given = shown(node.text, node.path)
    return Problem(node.place, dotted(node.path), what, fix, given, words)


def _line(node: Node, value: str) -> str:
    return f"{node.path[-1]}: {value}" if node.path and isinstance(node.path[-1], str) else value
