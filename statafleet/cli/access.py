"""The commands for people at a laptop."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from statafleet.access import guides, laptop, route, ssh
from statafleet.access import install as files
from statafleet.access import ssh_config as include_file
from statafleet.access.connect import session
from statafleet.access.connect.board import Board, JsonLines
from statafleet.access.guides import Format
from statafleet.cli.which import told_project
from statafleet.errors import StataFleetError
from statafleet.inventory.reads import NOTHING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.route import Route


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
    known, wanted = _asked_for(asked)
    if show:
        return typer.echo("\n".join(ssh.shown(route) for route in wanted))
    names = [route.name for route in wanted]
    listener = JsonLines(sys.stdout, sys.stderr) if as_json else Board(names, sys.stdout)
    others = {route.port for route in known} - {route.port for route in wanted}
    raise typer.Exit(session.connect(wanted, others, listener, open_browser=not no_browser))


def ssh_config(
    asked: Annotated[list[str] | None, OrOwn] = None,
    everybody: Annotated[bool, All] = False,
    install: Annotated[bool, typer.Option("--install", help="Write it to ~/.ssh and include it, once.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Undo --install.")] = False,
) -> None:
    """Print an OpenSSH include file with a `Host` for each server, or install it for every client of ssh."""
    if install and remove:
        raise StataFleetError("write `--install` or `--remove`, not both")
    if remove:
        there = files.remove(Path.home())
        return typer.echo("~/.ssh is as it was" if there else "nothing was installed")
    routes = _own_or_asked_for(asked, everybody)
    text = include_file.text(routes, laptop.known(routes))
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
    routes = _own_or_asked_for(asked, everybody)
    guide = guides.GUIDES[client](guides.Servers(routes, laptop.fingerprints))
    sys.stdout.buffer.write(guide.encode())


def _asked_for(asked: Sequence[str]) -> tuple[Sequence[Route], Sequence[Route]]:
    """Every route of the fleet, and those that were asked for, each once."""
    known = route.routes(told_project().fleet(reads=NOTHING))
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
