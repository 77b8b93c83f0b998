"""From Python's values (group data in `.py`, `--data`) to trees like those that YAML makes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from statafleet.settings.problems.problem import Problem, dotted
from statafleet.settings.text.node import Node, Path, Position
from statafleet.settings.text.source import DEEPEST

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Spot:
    """Where a key and its value were written, and the value as it was typed."""

    key: Position
    value: Position
    text: str | None = None


@dataclass
class Planter:
    """Makes nodes; `spots` knows the places of some paths, the others take their parent's."""

    spots: Mapping[Path, Spot]
    problems: list[Problem] = field(default_factory=list)

    def node(self, value: Any, path: Path, above: Spot) -> Node | None:
        spot = self.spots.get(path, Spot(above.value, above.value))
        if len(path) > DEEPEST:
            self._refuse(spot, path[:4], "this is nested too deeply", "write fewer levels")
            return None
        planted = self._value(value, path, spot)
        if planted is _STRANGE:
            fix = "write text, numbers, True, False, lists or maps"
            self._refuse(spot, path, "not what settings are made of", fix, type(value))
            return None
        text = spot.text if spot.text is not None else _text(value)
        return Node(planted, path, spot.key, spot.value, text)

    def _value(self, value: Any, path: Path, spot: Spot) -> Any:
        if isinstance(value, dict):
            return self._map(value, path, spot)
        if isinstance(value, (list, tuple)):
            items = [self.node(item, (*path, index), spot) for index, item in enumerate(value)]
            return tuple(item for item in items if item is not None)
        if isinstance(value, (str, PurePath)):
            return str(value)
        return value if value is None or type(value) in (bool, int, float) else _STRANGE

    def _map(self, value: dict[Any, Any], path: Path, spot: Spot) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                self._refuse(spot, path, "a key here is not text", "write every key as text")
            elif (node := self.node(item, (*path, key), spot)) is not None:
                found[key] = node
        return found

    def _refuse(self, spot: Spot, path: Path, what: str, fix: str, kind: type | None = None) -> None:
        given = f"a value of type {kind.__name__}" if kind else None
        self.problems.append(Problem(spot.value, dotted(path), what, fix, given))


_STRANGE = object()


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "a map" if isinstance(value, dict) else f"{value!r}"
