"""What every service manager must be able to say."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from statafleet.desired.files import File
from statafleet.desired.service import Service
from statafleet.layout import Layout


@dataclass(frozen=True)
class Manager(ABC):
    """Of one host. What each kind of manager can is in `settings/model/service_managers`."""

    layout: Layout

    @abstractmethod
    def credentials(self, name: str) -> str:
        """Return the folder in which the service `name` finds its credentials."""

    @abstractmethod
    def starts(self, service: Service) -> str:
        """Return all that it starts the service from: where this is another text, a restart is due."""

    @abstractmethod
    def socket(self, service: Service) -> File | None:
        """Return what it holds the service's address by while the service is stopped; None where it cannot."""

    @abstractmethod
    def files(self, services: Sequence[Service]) -> list[File]:
        """Return the files of a release that the manager itself reads."""

    @abstractmethod
    def links(self, names: Iterable[str]) -> dict[str, str]:
        """Return where its links into the release point, by service; what all services share has no name."""
