"""A program of `statafleet_sent`, run on this machine as pyinfra runs it on a host."""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

from statafleet_sent.wire import LeaseWanted, ObserveQuestion

from statafleet.sending import bootstrap


def sent(
    program: str, question: object, python: str = "auto", before: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """`before` is what a login shell does first."""
    command = f"{before}{bootstrap.command(python)}"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        input=bootstrap.line(program, question) + "\n",
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def question(root: Path | str, **other: Any) -> ObserveQuestion:
    """About a host where root and an account that does not exist want servers."""
    usual: dict[str, Any] = {
        "root": str(root),
        "scope": "user",
        "owners": ("root", "nobody-there"),
        "addresses": (),
        "tls": {},
        "directories": {},
        "stata": "/nowhere/stata-mp",
        "veil_key": "key",
    }
    return ObserveQuestion(**{**usual, **other})


def lease(run: str = "mine", expects: str = "", takes_over: str = "") -> LeaseWanted:
    return LeaseWanted(run=run, who=f"{run}@laptop", why="a test", expects=expects, takes_over=takes_over)


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
