"""pyinfra's `--data KEY=VALUE`, as far as the key is one of ours."""

from __future__ import annotations

import json
from typing import Any

from statafleet.inventory.python_values import Planter, Spot
from statafleet.settings.model.fleet import GroupData
from statafleet.settings.problems.problem import NOT_SHOWN, Problem, dotted, is_secret
from statafleet.settings.problems.spelling import nearest
from statafleet.settings.text.node import Node, Position

KEYS = tuple(GroupData.model_fields)


def read(argument: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """None for a key that is pyinfra's or the user's own."""
    key, equals, text = argument.partition("=")
    steps = tuple(key.split("."))
    position = Position(f"--data {dotted(steps)}={NOT_SHOWN if is_secret(text, steps) else text}")
    if not equals:
        return None, ()
    if steps[0] not in KEYS:
        return None, _misspelt(key, steps, position)
    spot = Spot(position, position)
    planter = Planter({steps: Spot(position, position, text)})
    node = planter.node(_nest(steps, parse(text)), (), spot)
    return node, tuple(planter.problems)


def _nest(steps: tuple[str, ...], value: Any) -> Any:
    for step in reversed(steps):
        value = {step: value}
    return value


def _misspelt(key: str, steps: tuple[str, ...], position: Position) -> tuple[Problem, ...]:
    """Only for a key with dots: pyinfra's own have none."""
    near = nearest(steps[0], KEYS)
    if len(steps) == 1 or near is None:
        return ()
    fix = f"did you mean `{near}`?"
    return (Problem(position, key, "no such key", fix, steps[0], ", ".join(sorted(KEYS))),)


def parse(text: str) -> Any:
    """As pyinfra 3.10's `parse_cli_arg` reads it."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for reader in (int, json.loads):
        try:
            return reader(text)
        except (ValueError, RecursionError):
            continue
    return text
