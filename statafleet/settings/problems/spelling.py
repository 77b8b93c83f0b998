"""The nearest right spelling of a word, within two edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_EDITS = 2


def nearest(word: str, known: Iterable[str]) -> str | None:
    """None when nothing is near, or when most of a short word would have to change."""
    distances = sorted((edits(word.lower(), other.lower()), other) for other in known)
    if not distances or distances[0][0] > MOST_EDITS or distances[0][0] >= len(word):
        return None
    return distances[0][1]


def edits(one: str, other: str) -> int:
    """How many letters to insert, delete, replace or swap; inexact beyond two."""
    if abs(len(one) - len(other)) > MOST_EDITS:
        return MOST_EDITS + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
    return row[-1]
