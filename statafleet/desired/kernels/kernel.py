"""What every kernel must say of itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from statafleet_sent.wire import Completion

from statafleet.desired.answers import Answers
from statafleet.settings.model.stata import Stata


@dataclass(frozen=True)
class Cell:
    """What is typed, and what must be answered."""

    code: str
    answer: str


class Kernel(ABC):
    """`name` is that of its environment and its locks, `jupyter_name` Jupyter's for it; `cell` proves that it runs.

    `completion` says what is done in its environment after the packages are in.
    """

    name: ClassVar[str]
    jupyter_name: ClassVar[str]
    completion: ClassVar[Completion]
    cell: ClassVar[Cell]

    @abstractmethod
    def files(self, owner: str, stata: Stata, answers: Answers, environment: str) -> Mapping[str, str]:
        """Return what Jupyter and the kernel read for one owner, by the path below the folder that he can read."""
