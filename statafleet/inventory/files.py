"""Which files make up a project, and what stands in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from statafleet.inventory import from_python
from statafleet.inventory.untrusted import WHY
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


@dataclass(frozen=True)
class Place:
    """A project's folder, and what stands for its `inventory/`; with `trusted_only` nothing in them is run."""

    folder: Path
    named: Path | None = None
    trusted_only: bool = False

    def file(self, path: Path) -> File:
        if self.trusted_only and (why := self._refusal(path)):
            name = label(path, self.folder)
            return File(path, name, None, (Problem(Position(name), "", *why),))
        return (_python if path.suffix == ".py" else _yaml)(path, self.folder)

    def _refusal(self, path: Path) -> tuple[str, str] | None:
        # What is wrong with a file is shown, so it must not be another one, such as a secret.
        root = next(root for root in (self.folder, self.named) if root and path.is_relative_to(root))
        if path.resolve() != root.resolve() / path.relative_to(root):
            return f"{WHY}this leads elsewhere, by a link", "put the file itself here"
        if path.name.endswith(".py"):
            return f"{WHY}this is run as Python", "write it as YAML"
        return None


def inventory(place: Place) -> Sequence[File]:
    """The files that define hosts: those of `inventory/`, or what `STATA_FLEET_INVENTORY` names."""
    position = place.folder / (place.named or "inventory")
    found = [position] if position.is_file() else inside(position, YAML)
    return [place.file(path) for path in found] or [_no_inventory(position, place.folder)]


def group_data(place: Place) -> Sequence[File]:
    folder = place.folder / "group_data"
    found = inside(folder, (".py", *YAML))
    # pyinfra 3.10 runs those with a dot or an underscore in front as well.
    passed_over = [path for path in _entries(folder) if path.name.endswith(".py") and path not in found]
    return [place.file(path) for path in (*found, *(passed_over if place.trusted_only else ()))]


def label(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def inside(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    return [path for path in _entries(folder) if path.suffix in suffixes and path.name[0] not in "._"]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


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
