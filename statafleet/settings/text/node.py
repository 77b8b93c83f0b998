"""A value that remembers where it was written and how it was typed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Position:
    """Where in a file, or in an argument of the command line (line 0)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(part) for part in (self.line, self.column) if part)])


@dataclass(frozen=True)
class Node:
    """`value` is a scalar, a dict of nodes or a tuple of nodes; `path` is that in its own file."""

    value: Any
    path: Path
    key_position: Position
    position: Position
    text: str

    def plain(self) -> Any:
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, tuple):
            return [child.plain() for child in self.value]
        return self.value

    def find(self, path: Path) -> Node | None:
        """The node at `path`; None where there is none."""
        node: Node | None = self
        for step in path:
            node = node.child(step) if node else None
        return node

    def deepest(self, path: Path) -> Node:
        """The node at `path`, or the nearest one above it."""
        node = self
        for step in path:
            child = node.child(step)
            if child is None:
                break
            node = child
        return node

    def child(self, step: str | int) -> Node | None:
        if isinstance(self.value, dict):
            found: Node | None = self.value.get(step)
            return found
        if isinstance(self.value, tuple) and isinstance(step, int) and step < len(self.value):
            item: Node = self.value[step]
            return item
        return None

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        yield path, self
        for step, child in self._children():
            yield from child.walk((*path, step))

    def without(self, path: Path) -> Node | None:
        """The same without what stands at `path`; None when that is the node itself."""
        if not path:
            return None
        child = self.child(path[0])
        if child is None:
            return self
        return self._with(path[0], child.without(path[1:]))

    def _with(self, step: str | int, child: Node | None) -> Node:
        children = {key: child if key == step else old for key, old in self._children()}
        kept = {key: value for key, value in children.items() if value is not None}
        return replace(self, value=kept if isinstance(self.value, dict) else tuple(kept.values()))

    def _children(self) -> list[tuple[str | int, Node]]:
        if isinstance(self.value, dict):
            return list(self.value.items())
        return list(enumerate(self.value)) if isinstance(self.value, tuple) else []
