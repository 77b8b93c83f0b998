"""The one place that starts pyinfra for the command line."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from statafleet import carried

DEPLOYS = Path(__file__).parents[1] / "run" / "deploys"


def command(deploy: Path, *, limit: Sequence[str] = (), data: Sequence[str] = (), yes: bool = True) -> list[str]:
    """pyinfra's argument list, with the project's inventory of the current folder, or else the embedded one."""
    here = Path("inventory.py")
    inventory = here if here.is_file() else carried.folder("inventory.py")
    words = [sys.executable, "-m", "pyinfra", str(inventory), str(deploy)]
    words += ["-y"] if yes else []
    for pattern in limit:
        words += ["--limit", pattern]
    for item in data:
        words += ["--data", item]
    return words


def run(deploy: Path, *, limit: Sequence[str] = (), data: Sequence[str] = ()) -> int:
    """Run to its end with our own output; pyinfra's exit status."""
    quiet = {} if sys.stderr.isatty() else {"PYINFRA_PROGRESS": "off"}
    return subprocess.run(command(deploy, limit=limit, data=data), env={**os.environ, **quiet}, check=False).returncode
