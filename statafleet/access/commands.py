"""The commands of this room."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.access.route import Route

Asked = Annotated[list[str], typer.Argument(metavar="HOST…", help="HOST or OWNER@HOST, one or several.")]


def connect(
    asked: Asked,
    show: Annotated[bool, typer.Option("--print", help="Print the ssh command and do nothing.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Open no browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each change.")] = False,
) -> None:
    """Open your Jupyter in the browser, over ssh, and keep it open until Ctrl-C.

    Ends with 0 after Ctrl-C, and with 1 if a server had to be given up.
    """
    from statafleet.access import board, ssh  # noqa: PLC0415 - loaded only when needed
    from statafleet.access.connect import connect  # noqa: PLC0415

    known, wanted = _asked_for(asked)
    if show:
        return typer.echo("\n".join(ssh.shown(route) for route in wanted))
    teller = board.Events() if as_json else board.Board([route.name for route in wanted], sys.stdout)
    others = {route.port for route in known} - {route.port for route in wanted}
    raise typer.Exit(connect(wanted, others, teller, open_browser=not no_browser))


def _asked_for(asked: Sequence[str]) -> tuple[Sequence[Route], Sequence[Route]]:
    """Every route of the fleet, and those that were asked for, each once."""
    from statafleet.access import route  # noqa: PLC0415
    from statafleet.here import fleet_here  # noqa: PLC0415

    known = route.routes(fleet_here(passwords=False))
    account = getpass.getuser()
    return known, list(dict.fromkeys(route.find(each, known, account) for each in asked))


def add_to(app: typer.Typer) -> None:
    app.command()(connect)
