"""Which files make up a project, and what stands in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statafleet.inventory import from_python
from statafleet.settings.problems.problem import Problem
from statafleet.settings.text import source
from statafleet.settings.text.node import Node, Position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

YAML = (".yml", ".yaml")


@dataclass(frozen=True)
class File:
    """`label` is how messages name it."""

    path: Path
    label: str
    node: Node | None
    problems: tuple[Problem, ...]


def inventory(folder: Path, named: Path | None) -> Sequence[File]:
    """The files that define hosts: those of `inventory/`, or what `STATA_FLEET_INVENTORY` names."""
    position = folder / (named or "inventory")
    found = [position] if position.is_file() else inside(position, YAML)
    return [_yaml(path, folder) for path in found] or [_no_inventory(position, folder)]


def group_data(folder: Path) -> Sequence[File]:
    found = inside(folder / "group_data", (".py", *YAML))
    return [_python(path, folder) if path.suffix == ".py" else _yaml(path, folder) for path in found]


def label(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def inside(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in entries if path.suffix in suffixes and path.name[0] not in "._"]


def _no_inventory(path: Path, folder: Path) -> File:
    name = label(path, folder)
    problem = Problem(
        Position(name),
        "",
        "no hosts are defined here",
        "write e.g. `inventory/lab.yml`, or correct STATA_FLEET_INVENTORY",
        allowed="a YAML file, or a folder with at least one",
    )
    return File(path, name, None, (problem,))


def _yaml(path: Path, folder: Path) -> File:
    name = label(path, folder)
    try:
        node, problems = source.read(path.read_bytes(), name)
    except OSError:
        fix = "let this account read it, or delete it"
        node, problems = None, (Problem(Position(name), "", "cannot read this file", fix),)
    return File(path, name, node, problems)


def _python(path: Path, folder: Path) -> File:
    name = label(path, folder)
    return File(path, name, *from_python.read(path, name))
