"""What `inventory.py` calls: the groups of the project that it lies in, or the report."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import Any

import click

from statafleet.errors import StataFleetError
from statafleet.inventory.groups import groups
from statafleet.inventory.load import load

VARIABLE = "STATA_FLEET_INVENTORY"


def groups_beside(file: str) -> dict[str, list[Any]]:
    """The groups of the project whose `inventory.py` is `file`.

    pyinfra 3.10 prints a traceback for any exception of an inventory file but its own, and file
    and line for those; only leaving the process shows the report as it is.
    """
    named = os.environ.get(VARIABLE)
    try:
        fleet = load(
            Path(file).resolve().parent,
            account=getpass.getuser(),
            overrides=_data_arguments(),
            inventory=Path(named).absolute() if named else None,
        )
    except StataFleetError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    # Only here does this room meet pyinfra: what is registered must be so before the hosts are connected.
    from statafleet.run import host_keys  # noqa: PLC0415

    host_keys.explain()
    return groups(fleet)


def _data_arguments() -> tuple[str, ...]:
    """Pyinfra applies `--data` only after the inventory file was run, so it is read here."""
    context = click.get_current_context(silent=True)
    return tuple(context.params.get("data") or ()) if context else ()
