"""The commands of this room. What each needs is loaded when it runs: `connect` must be quick."""

from __future__ import annotations

import getpass
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from statafleet.errors import StataFleetError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.route import Route


class Format(StrEnum):
    text = "text"
    html = "html"
    windows = "windows"
    putty = "putty"
    mobaxterm = "mobaxterm"
    vscode = "vscode"
    hydrogen = "hydrogen"
    console = "console"


Hosts = typer.Argument(metavar="HOST…", help="HOST or OWNER@HOST, one or several.")
OrOwn = typer.Argument(
    metavar="[HOST…]", help="HOST or OWNER@HOST; without any, the servers of your account, or all if it has none."
)
All = typer.Option("--all", help="The servers of everybody.")


def connect(
    asked: Annotated[list[str], Hosts],
    show: Annotated[bool, typer.Option("--print", help="Print the ssh command and do nothing.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each change.")] = False,
) -> None:
    """Open your Jupyter in the browser, over ssh, and keep it open until Ctrl-C.

    Ends with 0 after Ctrl-C, and with 1 if a server had to be given up.
    """
    from statafleet.access import ssh  # noqa: PLC0415
    from statafleet.access.connect import board  # noqa: PLC0415
    from statafleet.access.connect.session import connect  # noqa: PLC0415

    known, wanted = _asked_for(asked)
    if show:
        return typer.echo("\n".join(ssh.shown(route) for route in wanted))
    teller = board.Events() if as_json else board.Board([route.name for route in wanted], sys.stdout)
    others = {route.port for route in known} - {route.port for route in wanted}
    raise typer.Exit(connect(wanted, others, teller, open_browser=not no_browser))


def ssh_config(
    asked: Annotated[list[str] | None, OrOwn] = None,
    everybody: Annotated[bool, All] = False,
    install: Annotated[bool, typer.Option("--install", help="Write it to ~/.ssh and include it, once.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Undo --install.")] = False,
) -> None:
    """Print an OpenSSH include file with a `Host` for each server, or install it for every client of ssh."""
    from statafleet.access import install as files  # noqa: PLC0415
    from statafleet.access import laptop, ssh_config  # noqa: PLC0415

    if install and remove:
        raise StataFleetError("write `--install` or `--remove`, not both")
    if remove:
        there = files.remove(Path.home())
        return typer.echo("~/.ssh is as it was" if there else "nothing was installed")
    routes = _own_or_asked_for(asked, everybody)
    text = ssh_config.text(routes, laptop.known(routes))
    if not install:
        return typer.echo(text, nl=False)
    files.install(text, Path.home())
    return typer.echo(f"{files.include_file(Path.home())}: included by ~/.ssh/config; `--remove` undoes it")


def access(
    asked: Annotated[list[str] | None, OrOwn] = None,
    client: Annotated[Format, typer.Option("--format", help="For which client.")] = Format.text,
    everybody: Annotated[bool, All] = False,
) -> None:
    """Print what a person needs on each client to reach their servers with ssh alone."""
    from statafleet.access import laptop  # noqa: PLC0415
    from statafleet.access.guides import GUIDES  # noqa: PLC0415

    routes = _own_or_asked_for(asked, everybody)
    known = laptop.known(routes) if client in (Format.text, Format.html) else {}
    sys.stdout.buffer.write(GUIDES[client](routes, known).encode())


def _asked_for(asked: Sequence[str]) -> tuple[Sequence[Route], Sequence[Route]]:
    """Every route of the fleet, and those that were asked for, each once."""
    from statafleet.access import route  # noqa: PLC0415
    from statafleet.here import fleet_here  # noqa: PLC0415

    known = route.routes(fleet_here(passwords=False))
    account = getpass.getuser()
    return known, list(dict.fromkeys(route.find(each, known, account) for each in asked))


def _own_or_asked_for(asked: Sequence[str] | None, everybody: bool) -> Sequence[Route]:
    known, wanted = _asked_for(asked or ())
    if not known:
        raise StataFleetError("the inventory has no host that ssh reaches")
    own = [route for route in known if route.owner == getpass.getuser()]
    return wanted or (known if everybody else own) or known


def add_to(app: typer.Typer) -> None:
    app.command()(connect)
    app.command("ssh-config")(ssh_config)
    app.command()(access)
