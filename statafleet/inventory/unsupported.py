"""Finds the settings of a host that are understood and not yet put on hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.inventory.hosts import LOCAL, Host
from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET
from statafleet.settings.problems.problem import Problem, dotted, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from statafleet.settings.text.node import Node


def not_supported_yet(host: Host) -> Iterator[Problem]:
    for feature, node in _features(host):
        if what := NOT_SUPPORTED_YET.get(feature):
            given = shown(node.text, node.path)
            yield Problem(node.position, dotted(node.path), what, "leave this key out for now", given)


def _features(host: Host) -> Iterator[tuple[str, Node]]:
    for path in (("service",), ("scope",), ("stata", "kernel"), ("index", "wheelhouse")):
        node = host.node.find(path)
        if node is not None and not (path == ("scope",) and host.name == LOCAL):
            yield f"{dotted(path)}={node.value}", node
            yield dotted(path), node
