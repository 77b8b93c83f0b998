"""From the bytes of a YAML file to a tree that remembers where each key and value stands."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.constructor import SafeConstructor

from statafleet.settings.problems.problem import Problem, dotted, shown
from statafleet.settings.text.node import Node, Path, Position
from statafleet.settings.text.syntax import syntax_problem

DEEPEST = 24
MOST_NODES = 50_000

_TAG = "tag:yaml.org,2002:"
_KINDS = {
    yaml.ScalarNode: ("str", "int", "float", "bool", "null", "timestamp", "value", "merge"),
    yaml.MappingNode: ("map",),
    yaml.SequenceNode: ("seq",),
}
_UNREADABLE = (ValueError, KeyError, IndexError, OverflowError)


def read(raw: bytes, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of the file's one document, if there is any, and what is wrong with its YAML."""
    text, problem = _decode(raw, file)
    if problem:
        return None, (problem,)
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return None, (syntax_problem(error, text, file),)
    except RecursionError:
        return None, (_too_deep(Position(file, 1, 1), ""),)
    reader = _Reader(text, file)
    start = Position(file, 1, 1)
    try:
        node = reader.node(top, (), start) if top is not None else None
    except _TooMuchError:
        node = None
    return node, tuple(reader.problems)


def _decode(raw: bytes, file: str) -> tuple[str, Problem | None]:
    start = Position(file, 1, 1)
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        what = "this file begins with a byte order mark"
        return "", Problem(start, "", what, "save the file as UTF-8 without a byte order mark")
    try:
        return raw.decode(), None
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode()) + 1
        what = "this is not UTF-8"
        return "", Problem(Position(file, line, column), "", what, "save the file as UTF-8")


class _TooMuchError(Exception):
    """The rest of the file would only repeat the problem that was just found."""


class _Reader:
    """Turns what PyYAML composed into nodes, one kind of YAML node at a time."""

    def __init__(self, text: str, file: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._file = file
        self._scalars = SafeConstructor()
        self._open: set[int] = set()
        self._count = 0

    def node(self, given: yaml.Node, path: Path, key_position: Position) -> Node | None:
        self._count += 1
        if not self._may_go_on(given, path):
            return None
        self._open.add(id(given))
        try:
            value = self._value(given, path)
        except _UNREADABLE:
            what = "not a value that YAML can read"
            self._refuse(given, path, what, "put it in quotes, or correct it")
            return None
        finally:
            self._open.discard(id(given))
        return Node(value, path, key_position, self._position(given), self._slice(given))

    def _may_go_on(self, given: yaml.Node, path: Path) -> bool:
        if self._count > MOST_NODES:
            self._refuse(given, (), "this file says too much", "write fewer aliases, or split the file")
            raise _TooMuchError
        if len(path) > DEEPEST:
            self.problems.append(_too_deep(self._position(given), dotted(path[:4]) + " …"))
            return False
        if id(given) in self._open:
            self._refuse(given, path, "this alias contains itself", "write the value out")
            return False
        if given.tag.removeprefix(_TAG) not in _KINDS[type(given)]:
            self._refuse(given, path, "a tag has no meaning here", "delete the word that begins with `!`")
            return False
        return True

    def _value(self, given: yaml.Node, path: Path) -> Any:
        if isinstance(given, yaml.MappingNode):
            return self._map(given, path)
        if isinstance(given, yaml.SequenceNode):
            items = [self.node(item, (*path, index), self._position(item)) for index, item in enumerate(given.value)]
            return tuple(item for item in items if item is not None)
        if given.tag in (_TAG + "timestamp", _TAG + "value", _TAG + "merge"):
            return given.value
        construct = SafeConstructor.yaml_constructors[given.tag]
        return construct(self._scalars, given)

    def _map(self, given: yaml.MappingNode, path: Path) -> dict[str, Node]:
        found: dict[str, Node] = {}
        written: dict[str, Position] = {}
        for key, value in given.value:
            if key.tag == _TAG + "merge":
                for inherited in self._merged(value, path):
                    found = inherited | found
                continue
            name = self._key(key, path)
            if name is None or self._is_repeated(key, (*path, name), written):
                continue
            written[name] = self._position(key)
            node = self.node(value, (*path, name), written[name])
            found.pop(name, None)
            if node is not None:
                found[name] = node
        return found

    def _merged(self, given: yaml.Node, path: Path) -> list[dict[str, Node]]:
        sources = given.value if isinstance(given, yaml.SequenceNode) else [given]
        nodes = [self.node(source, path, self._position(source)) for source in sources]
        maps = [node.value for node in nodes if node is not None and isinstance(node.value, dict)]
        if len(maps) != len(nodes):
            self._refuse(given, path, "`<<` takes a map", "write an alias of a map after `<<:`")
        return maps

    def _key(self, key: yaml.Node, path: Path) -> str | None:
        if isinstance(key, yaml.ScalarNode) and key.tag == _TAG + "str":
            return str(key.value)
        fix = "put the key in quotes" if isinstance(key, yaml.ScalarNode) else "write a word as key"
        self._refuse(key, path, "this key is not text", fix)
        return None

    def _is_repeated(self, key: yaml.Node, path: Path, written: dict[str, Position]) -> bool:
        first = written.get(str(path[-1]))
        if first is None:
            return False
        host = len(path) == 2 and path[0] == "hosts"
        what = "this host is defined twice" if host else "this key is written twice"
        name = shown(self._slice(key), path)
        given = f"{name}, also at {first}"
        allowed = "one entry a host" if host else "each key once"
        self.problems.append(
            Problem(self._position(key), dotted(path), what, "delete one of the two", given, allowed),
        )
        return True

    def _refuse(self, given: yaml.Node, path: Path, what: str, fix: str) -> None:
        text = shown(self._slice(given), path)
        self.problems.append(Problem(self._position(given), dotted(path), what, fix, text))

    def _position(self, given: yaml.Node) -> Position:
        return Position(self._file, given.start_mark.line + 1, given.start_mark.column + 1)

    def _slice(self, given: yaml.Node) -> str:
        return self._text[given.start_mark.index : given.end_mark.index].rstrip()


def _too_deep(position: Position, key: str) -> Problem:
    return Problem(position, key, "this is nested too deeply", "write fewer levels")
