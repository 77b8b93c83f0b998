"""The one door for errors: what a person can mend is told in its words, a fault of ours is kept in a file."""

import os
import sys
import traceback
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

import typer

from statafleet.errors import FAULT, StataFleetError


def enter(program: Callable[[], int | None]) -> NoReturn:
    """End as `program` does: 1 for an error that a person can mend, 3 for a fault of ours, 130 after Ctrl-C."""
    try:
        sys.exit(program())
    except StataFleetError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:  # noqa: BLE001 - this is the top
        typer.echo(f"This is a fault of stata-fleet ({type(fault).__name__}). {_kept(fault)}", err=True)
        sys.exit(FAULT)


def _kept(fault: Exception) -> str:
    """Where it is told at length; that may hold values of the settings, so for this account alone."""
    about = f"stata-fleet {version('stata-fleet')}, Python {sys.version}\n"
    text = about + "".join(traceback.format_exception(fault))
    log = Path(os.environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "stata-fleet" / "fault.log"
    try:
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        log.touch(mode=0o600)
        log.write_text(text)
    except OSError as refused:
        return f"{log} cannot be written ({refused.strerror}):\n{text}"
    return f"{log} tells what happened: please report it."
