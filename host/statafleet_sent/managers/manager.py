"""What runs the servers, behind one face."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from statafleet_sent import wire
from statafleet_sent.managers.supervisor import Supervisor
from statafleet_sent.managers.systemd import Systemd
from statafleet_sent.wire import Running

NOWHERE = Path("/nonexistent")


class Manager(Protocol):
    """`link` and `unlink` are for one that looks elsewhere than in the release; an empty owner is the template.

    `let_go` and `listen` are for one that can hold the address of a server that is stopped.
    """

    def servers(self, owners: Iterable[str]) -> dict[str, Running]:
        """As the manager knows them: those of `owners`, and whichever others run or were set up."""

    def links(self) -> dict[str, str]:
        """Owner -> where its link leads."""

    def link(self, owner: str) -> None: ...

    def unlink(self, owner: str) -> None: ...

    def reload(self) -> None:
        """From now on servers are started as the current release says; none is started or stopped."""

    def let_go(self, owner: str) -> None:
        """Stop for now; where its address becomes another one, the old one is free."""

    def listen(self, owner: str) -> None:
        """From now on, and from boot on, its address is held; the server is stopped."""

    def start(self, owner: str) -> None:
        """Now and at boot; one that runs already goes on."""

    def restart(self, owner: str) -> None: ...

    def stop(self, owner: str) -> None:
        """Now and for ever."""

    def take_away(self) -> None:
        """End all servers, and remove all of ours outside of the root."""

    def left(self) -> list[Path]:
        """What of that is still there."""


def manager(name: wire.Manager, root: Path, programs: Path = NOWHERE) -> Manager:
    return Systemd(root) if name == "systemd" else Supervisor(root, programs)
