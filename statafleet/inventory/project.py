"""Which project, and so which hosts: the one answer, for every command and for pyinfra.

A project is a folder with an `inventory.py` of ours or with YAML in `inventory/`. The nearest one counts, from the
current folder upwards. Where there is none it is the package's own, which is this machine alone.
"""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet import carried
from statafleet.errors import StataFleetError
from statafleet.inventory import files
from statafleet.inventory.load import load
from statafleet.inventory.reads import ALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.inventory.fleet import Fleet
    from statafleet.inventory.reads import Reads

VARIABLE = "STATA_FLEET_INVENTORY"


@dataclass(frozen=True)
class Project:
    """`named`, a file or a folder, stands for the `inventory/` of `folder`; both are absolute."""

    folder: Path
    named: Path | None = None

    def fleet(self, *, overrides: Sequence[str] = (), reads: Reads = ALL) -> Fleet:
        account = getpass.getuser()
        return load(self.folder, account=account, overrides=overrides, inventory=self.named, reads=reads.as_asked())


THIS_MACHINE = Project(carried.folder("demo"))


def here() -> Project:
    """The current folder's."""
    folder, named = Path.cwd(), _named()
    if found := _nearest(folder):
        return Project(found, named)
    return Project(folder, named) if named else THIS_MACHINE


def beside(file: str) -> Project:
    """That of an `inventory.py`, wherever it is run from; pyinfra looks for group data in the same folder."""
    return Project(Path(file).parent.resolve(), _named())


def _named() -> Path | None:
    named = os.environ.get(VARIABLE)
    return Path(named).absolute() if named else None


def _nearest(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        entry, inventory = folder / "inventory.py", folder / "inventory"
        described = bool(files.inside(inventory, files.YAML))
        if not described and not _ours(entry):
            continue
        if described and entry.exists() and not _ours(entry):
            raise StataFleetError(_two_answers(folder))
        if folder != start:
            _refuse_a_strangers(entry if entry.exists() else inventory)
        return folder
    return None


def _ours(entry: Path) -> bool:
    try:
        return b"statafleet" in entry.read_bytes()
    except OSError:
        return False


def _two_answers(folder: Path) -> str:
    return (
        f"{folder} has YAML in inventory/, and an inventory.py that does not name statafleet: "
        "the two may mean different hosts; copy stata-fleet's inventory.py over it, or move one of them away"
    )


def _refuse_a_strangers(marker: Path) -> None:
    """What lies beside it is run as Python; whoever may write to a folder above must not decide what that is."""
    if marker.stat().st_uid not in (os.getuid(), 0):
        raise StataFleetError(
            f"{marker} belongs to another account; go to {marker.parent} if that is the project that you mean"
        )
