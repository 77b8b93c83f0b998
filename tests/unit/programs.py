"""A program of `statafleet_sent`, run on this machine as pyinfra runs it on a host."""

import os
import subprocess
from pathlib import Path
from typing import Any

from statafleet.sending import bootstrap


def sent(
    program: str, payload: dict[str, Any], python: str = "auto", before: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """`before` is what a login shell does first."""
    command = f"{before}{bootstrap.command(python)}"
    return subprocess.run(
        ["/bin/sh", "-c", command],
        input=bootstrap.line(program, payload) + "\n",
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def question(root: Path | str, **other: Any) -> dict[str, Any]:
    """What the snapshot is asked for a host where alice and an account that does not exist want servers."""
    usual = {
        "root": str(root),
        "scope": "user",
        "owners": ["root", "nobody-there"],
        "ports": [],
        "tls_on_host": {},
        "directories": {},
        "stata": "/nowhere/stata-mp",
        "veil": "key",
    }
    return {**usual, **other}
