"""What an `inventory.py` calls: the groups of its project, or the report."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from pyinfra import logger
from pyinfra.context import ctx_state

from statafleet.errors import StataFleetError
from statafleet.inventory import project
from statafleet.inventory.groups import groups
from statafleet.inventory.sharing import shared
from statafleet.report.words import line
from statafleet.run import arguments, heard, host_keys, sudo

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
        # pyinfra applies `--data` only after the inventory file was run.
        fleet = find().fleet(overrides=arguments.words("data"), reads=arguments.reads())
    except StataFleetError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    for finding in shared(fleet):
        logger.warning(line(finding))
    host_keys.explain()
    heard.with_care()
    sudo.asks_nobody()
    if arguments.plan():
        ask_nothing()
    return groups(fleet)


def ask_nothing() -> None:
    """A plan goes on without a host that failed; pyinfra 3.10.0 would ask, and break off where nobody answers."""
    if state := ctx_state.get():  # type: ignore[no-untyped-call]
        state.should_raise_failed_hosts = lambda _: False
