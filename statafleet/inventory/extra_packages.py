"""The operator's own locks of further packages, each read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.settings.model.packages import ExtraPackages
from statafleet.settings.problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from statafleet.inventory.hosts import Host


def read_all(hosts: Iterable[Host]) -> tuple[dict[str, ExtraPackages], list[Problem]]:
    """By host; and the problems of the files that cannot be read."""
    read = cache(_text)
    found: dict[str, ExtraPackages] = {}
    problems: list[Problem] = []
    for host in hosts:
        nodes = {name: host.node.find(("packages", name)) for name in ExtraPackages.model_fields}
        named = {name: node for name, node in nodes.items() if node is not None and node.value is not None}
        texts = {name: read(node.value) for name, node in named.items()}
        found[host.name] = ExtraPackages(**{name: text or "" for name, text in texts.items()})
        fix = "put the file there, or correct the path"
        problems += [Problem.of(named[name], "cannot read this file", fix) for name in named if texts[name] is None]
    return found, problems


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, ValueError):
        return None
