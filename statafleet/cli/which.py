"""The fleet that the current folder describes, for the commands."""

import getpass
import os
from pathlib import Path

from statafleet import carried
from statafleet.inventory.fleet import Fleet
from statafleet.inventory.load import load


def fleet_here(*, passwords: bool = True) -> Fleet:
    """Without `passwords` none is read: who only wants to connect need not have them."""
    named = os.environ.get("STATA_FLEET_INVENTORY")
    here = Path.cwd() if named or Path("inventory").is_dir() else carried.folder("inventory").parent
    inventory = Path(named) if named else None
    return load(here, account=getpass.getuser(), inventory=inventory, passwords=passwords)
