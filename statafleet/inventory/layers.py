"""How layers become one: later wins, maps merge deeply, lists and single values replace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

from statafleet.settings.text.node import Node, Path, Position

if TYPE_CHECKING:
    from collections.abc import Iterable

# Maps that are one value: half of one layer's password and half of another's make none.
_WHOLE = ("password", "tls")


@dataclass(frozen=True)
class Layer:
    """Settings of one origin, and the top keys under which something was wrong and is left out."""

    node: Node
    wrong: frozenset[str] = frozenset()


NOTHING = Node({}, (), Position(""), Position(""), "")


def merged(layers: Iterable[Layer]) -> Layer:
    return reduce(_over, layers, Layer(NOTHING))


def _over(below: Layer, above: Layer) -> Layer:
    return Layer(merge(below.node, above.node), below.wrong | above.wrong)


def merge(below: Node, above: Node, path: Path = ()) -> Node:
    """`above` on top of `below`; every value keeps the place where it was written."""
    if is_whole(path) or not isinstance(below.value, dict):
        return above
    if above.value is None:
        return below
    if not isinstance(above.value, dict):
        return above
    children = below.value | {
        key: merge(below.value[key], child, (*path, key)) if key in below.value else child
        for key, child in above.value.items()
    }
    return replace(above, value=children)


def is_whole(path: Path) -> bool:
    parents = path[:-1]
    of_jupyter = parents == ("jupyter",) or (len(parents) == 2 and parents[0] == "servers")
    return of_jupyter and path[-1] in _WHOLE


def server(host: Node, owner: str) -> Node:
    """The host's `jupyter` with this owner's own keys on top."""
    common = host.child("jupyter") or NOTHING
    own = host.find(("servers", owner)) or NOTHING
    return merge(common, own, ("jupyter",))
