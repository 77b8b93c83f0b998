"""What an `inventory.py` calls: the groups of its project, or the report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from statafleet.errors import StataFleetError
from statafleet.inventory import project
from statafleet.inventory.groups import groups
from statafleet.run import host_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from statafleet.inventory.project import Project


def groups_beside(file: str) -> dict[str, list[Any]]:
    """The groups of the project whose `inventory.py` is `file`."""
    return _groups(lambda: project.beside(file))


def groups_here() -> dict[str, list[Any]]:
    """The groups of the current folder's project."""
    return _groups(project.here)


def _groups(find: Callable[[], Project]) -> dict[str, list[Any]]:
    """What pyinfra takes as an inventory file's names.

    pyinfra 3.10 prints a traceback for any exception of such a file but its own, and file and line
    for those; only leaving the process shows the report as it is.
    """
    try:
        fleet = find().fleet(overrides=_data_arguments())
    except StataFleetError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    host_keys.explain()
    return groups(fleet)


def _data_arguments() -> tuple[str, ...]:
    """Pyinfra applies `--data` only after the inventory file was run, so it is read here."""
    context = click.get_current_context(silent=True)
    return tuple(context.params.get("data") or ()) if context else ()
