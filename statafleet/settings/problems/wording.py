"""How each kind of problem of a value is put, and what is advised."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from statafleet.settings.problems.problem import NOT_SHOWN, Problem, dotted, is_secret, shown
from statafleet.settings.problems.schema import allowed, field_at, is_number, model_at, words_of
from statafleet.settings.problems.spelling import nearest

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from statafleet.settings.text.node import Node, Path

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


def trap(node: Node, field: FieldInfo | None) -> tuple[str, str] | None:
    if _OCTAL.fullmatch(node.text):
        meant = node.text.lstrip("+-0_") or "0"
        what = f"YAML reads a leading zero as octal, so this is {node.value}"
        return what, f"write `{_line(node, meant)}`"
    if _SEXAGESIMAL.fullmatch(node.text):
        what = f"YAML reads colons between digits as base 60, so this is {node.value}"
        return what, _example(node.path, field) if is_number(field) else f'put it in quotes: "{node.text}"'
    return None


def problem(model: type[BaseModel], culprit: Node, path: Path, error: ErrorDetails) -> Problem:
    """`culprit` is what stands at `path`, where the model found the error."""
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
    return of_value(culprit, what, fix, allowed(field))


def _nearest_word(field: FieldInfo | None, value: Any) -> str | None:
    return nearest(value, words_of(field)) if isinstance(value, str) else None


def _unknown_key(model: type[BaseModel], culprit: Node, path: Path) -> Problem:
    parent = model_at(model, path[:-1])
    known = sorted(parent.model_fields) if parent else []
    name = str(path[-1])
    near = nearest(name, known)
    fix = f"did you mean `{near}`?" if near else _elsewhere(parent, name)
    return of_key(culprit, "no such key", fix, ", ".join(known))


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
    return of_value(culprit, f"`{name}` is missing", _example((name,), field, "add"), words)


def _example(path: Path, field: FieldInfo | None, verb: str = "write") -> str:
    if field is None or not field.examples:
        return "write it as the documentation shows it" if path else "begin with a key and a colon"
    plain = field.is_required() or field.default in (None, False)
    value = field.examples[0] if plain else field.default
    if isinstance(field.examples[0], (dict, list)):
        kind = "map" if isinstance(field.examples[0], dict) else "list"
        return f"{verb} a {kind} under `{path[-1]}:`"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{verb} e.g. `{path[-1]}: {text}`"


def of_key(node: Node, what: str, fix: str, words: str | None) -> Problem:
    name = str(node.path[-1]) if node.path else ""
    line = f"{name}: {node.text}"
    given = f"{name}: {NOT_SHOWN}" if is_secret(line, node.path) else shown(line)
    if dotted(node.path).endswith(NOT_SHOWN):
        given = NOT_SHOWN
    return Problem(node.key_position, dotted(node.path), what, fix, given, words)


def of_value(node: Node, what: str, fix: str, words: str | None) -> Problem:
    given = shown(node.text, node.path)
    return Problem(node.position, dotted(node.path), what, fix, given, words)


def _line(node: Node, value: str) -> str:
    return f"{node.path[-1]}: {value}" if node.path and isinstance(node.path[-1], str) else value
