"""The operator's own locks of further packages, each read once and sent only if it is a lock by its form."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from statafleet import named_file
from statafleet.settings.model.packages import ExtraPackages
from statafleet.settings.problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from statafleet.inventory.hosts import Host
    from statafleet.settings.text.node import Node

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[\w.,-]+\])?"
_MARKER = r" ?; ?[\w .<>=!~'\"()-]+?"
_HASH = r" --hash=sha256:[0-9a-f]{64}"
_PACKAGE = re.compile(rf"{_NAME}==[A-Za-z0-9.!+_-]+(?:{_MARKER})?(?:{_HASH})+", re.ASCII)
_COMMENT = re.compile(r"(?:^|\s)#.*")


def read_all(hosts: Iterable[Host]) -> tuple[dict[str, ExtraPackages], list[Problem]]:
    """By host; and the problems of the files that cannot be used."""
    read, wrong = cache(named_file.text), cache(what_is_wrong)
    found: dict[str, ExtraPackages] = {}
    problems: list[Problem] = []
    for host in hosts:
        named = dict(_named(host))
        texts = {name: read(node.value) for name, node in named.items()}
        found[host.name] = ExtraPackages(**{name: text or "" for name, text in texts.items()})
        problems += [Problem.of(named[name], *why) for name, text in texts.items() if (why := wrong(text))]
    return found, problems


def _named(host: Host) -> Iterable[tuple[str, Node]]:
    nodes: Mapping[str, Node | None] = {name: host.node.find(("packages", name)) for name in ExtraPackages.model_fields}
    return [(name, node) for name, node in nodes.items() if node is not None and node.value is not None]


def what_is_wrong(text: str | None) -> tuple[str, str] | None:
    """With a file of this text, and how to mend it; none of it is shown."""
    if text is None:
        return "cannot read this file", "put the file there, or correct the path"
    if number := strange_line(text):
        what = f"line {number} of this file is no package with its version and its hashes"
        return what, "make it with `uv pip compile --generate-hashes`"
    return None


def strange_line(text: str) -> int | None:
    """The number of the first line that no lock has, such as an option of pip or an address."""
    number, packages = 1, 0
    for lines in re.split(r"(?<!\\)\n", text):
        words = " ".join(_COMMENT.sub("", line) for line in lines.split("\\\n")).split()
        if words and not _PACKAGE.fullmatch(" ".join(words)):
            return number
        packages += bool(words)
        number += lines.count("\n") + 1
    return None if packages else 1
