"""Files on the controller that settings name: made absolute before layers are merged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from statafleet.settings.model.fields import CONTROLLER_PATH, EITHER_PATH
from statafleet.settings.model.fleet import HostEntry
from statafleet.settings.model.jupyter import ON_HOST
from statafleet.settings.problems.schema import allowed, field_at

if TYPE_CHECKING:
    from statafleet.settings.text.node import Node, Path


def settle(node: Node, folder: FilePath, path: Path = ()) -> Node:
    """`node` is a host's entry or group data; its relative paths start from `folder`."""
    if isinstance(node.value, dict):
        children = {key: settle(child, folder, (*path, key)) for key, child in node.value.items()}
        return replace(node, value=children)
    if isinstance(node.value, str) and allowed(field_at(HostEntry, path)) in (CONTROLLER_PATH, EITHER_PATH):
        return replace(node, value=str(absolute(node.value, folder)))
    return node


def absolute(text: str, folder: FilePath) -> FilePath:
    path = FilePath(text)
    if text.startswith(ON_HOST):
        return path
    try:
        return folder / path.expanduser()
    except RuntimeError:
        return folder / path
