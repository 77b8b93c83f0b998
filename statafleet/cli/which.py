"""The project that a command is about, told before anything is done with it."""

from pathlib import Path

import typer

from statafleet.inventory import project
from statafleet.inventory.project import THIS_MACHINE, Project


def told_project() -> Project:
    """The current folder's; told unless it is plainly this folder's own, so that nobody acts on others unawares."""
    found = project.here()
    if words := _words(found, Path.cwd()):
        typer.echo(words, err=True)
    return found


def _words(found: Project, here: Path) -> str | None:
    if found == THIS_MACHINE and found.folder != here:
        return f"No project in {here} or above it: this machine alone, as {found.folder} has it."
    if found.named:
        return f"Project: {found.folder}, with the hosts of {found.named}"
    return f"Project: {found.folder}" if found.folder != here else None
