"""Reads a project's files, each checked before anything is merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.inventory import files, overrides
from statafleet.inventory.layers import NOTHING, Layer, merged
from statafleet.inventory.paths import settle
from statafleet.settings.model.fleet import GroupData, InventoryFile
from statafleet.settings.problems.check import check
from statafleet.settings.problems.problem import Problem, dotted
from statafleet.settings.problems.spelling import nearest
from statafleet.settings.text.node import Node, Position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass
class Reading:
    """What the files say; `folders` has where each lies, in the order of reading."""

    folder: Path
    hosts: dict[str, Layer] = field(default_factory=dict)
    group_data: dict[str, Layer] = field(default_factory=dict)
    data: Layer = field(default_factory=lambda: Layer(NOTHING))
    folders: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True

    def folder_of(self, position: Position) -> Path:
        return self.folders.get(position.file, self.folder)

    def layers(self, host: str) -> Sequence[Layer]:
        """From the first to the last, which wins."""
        entry = self.hosts[host]
        names = ["all", *_groups(entry.node), host]
        return [
            *(self.group_data[name] for name in names if name in self.group_data),
            entry,
            self.data,
        ]


def read(place: files.Place, arguments: Sequence[str]) -> Reading:
    reading = Reading(place.folder)
    for file in files.inventory(place):
        _add_inventory(reading, file)
    for file in files.group_data(place):
        _add_group_data(reading, file)
    for argument in arguments:
        _add_override(reading, argument)
    reading.problems += _strangers(reading)
    return reading


def _add_inventory(reading: Reading, file: files.File) -> None:
    _note(reading, file)
    checked = check(InventoryFile, file.node or NOTHING)
    reading.problems += checked.problems
    if file.problems or any(map(_hides_names, checked.wrong)):
        reading.whole = False
    hosts = checked.node.child("hosts") if checked.node else None
    if hosts is None or not hosts.value:
        _note_no_hosts(reading, file)
        return
    for name, node in hosts.value.items():
        below = [path[2:] for path in checked.wrong if path[:2] == ("hosts", name)]
        wrong = frozenset(str(path[0]) for path in below if path)
        _add_host(reading, name, Layer(settle(node, file.path.parent), wrong))


def _hides_names(path: tuple[str | int, ...]) -> bool:
    return len(path) < 3 or path[2] == "groups"


def _note_no_hosts(reading: Reading, file: files.File) -> None:
    if reading.whole:
        fix = "name at least one under `hosts:`, or delete the file"
        problem = Problem(Position(file.label, 1, 1), "", "this file defines no hosts", fix)
        reading.problems.append(problem)
        reading.whole = False


def _add_host(reading: Reading, name: str, layer: Layer) -> None:
    first = reading.hosts.setdefault(name, layer)
    if first is layer:
        return
    node = layer.node
    reading.problems.append(
        Problem(
            node.key_position,
            dotted(node.path),
            "this host is defined twice",
            "delete one entry, or give one of them another name",
            f"{name}, also at {first.node.key_position}",
            "one entry a host; entries are never merged across files",
        ),
    )


def _add_group_data(reading: Reading, file: files.File) -> None:
    _note(reading, file)
    if file.node is None:
        return
    layer = _checked(reading, file.node, file.path.parent)
    below = reading.group_data.get(file.path.stem, Layer(NOTHING))
    reading.problems += _said_twice(below.node, layer.node)
    reading.group_data[file.path.stem] = merged([below, layer])


def _add_override(reading: Reading, argument: str) -> None:
    node, problems = overrides.read(argument)
    reading.problems += problems
    if node:
        reading.data = merged([reading.data, _checked(reading, node, reading.folder)])


def _checked(reading: Reading, node: Node, folder: Path) -> Layer:
    checked = check(GroupData, node)
    reading.problems += checked.problems
    wrong = frozenset(str(path[0]) for path in checked.wrong if path)
    return Layer(settle(checked.node or NOTHING, folder), wrong)


def _note(reading: Reading, file: files.File) -> None:
    reading.folders[file.label] = file.path.parent
    reading.problems += file.problems


def _said_twice(first: Node, second: Node) -> Iterator[Problem]:
    for path, node in second.walk():
        other = first.find(path)
        if other is None or not path or (node.value and isinstance(node.value, dict)):
            continue
        what = "two files of this name set this key"
        fix = "delete one of the two"
        yield Problem(node.key_position, dotted(path), what, fix, f"also at {other.key_position}")


def _strangers(reading: Reading) -> Iterator[Problem]:
    """Group data of nobody; not looked for when hosts or groups may have been left out."""
    entries = reading.hosts.values()
    if not reading.whole:
        return
    names = {"all", *reading.hosts, *(name for entry in entries for name in _groups(entry.node))}
    for label in reading.folders:
        path = Path(label)
        layer = reading.group_data.get(path.stem)
        if path.parent.name != "group_data" or path.stem in names or layer is None:
            continue
        if path.suffix != ".py" or layer.node.value:
            yield _stranger(label, path.stem, names)


def _stranger(label: str, name: str, names: set[str]) -> Problem:
    near = nearest(name, names)
    fix = f"did you mean `{near}`?" if near else "give the file another name, or delete it"
    known = sorted(names)
    words = ", ".join(known[:8]) + (", …" if len(known) > 8 else "")
    return Problem(Position(label), "", "no host or group of this name", fix, name, words)


def _groups(entry: Node) -> list[str]:
    groups = entry.child("groups")
    return list(dict.fromkeys(groups.plain() or ())) if groups else []
