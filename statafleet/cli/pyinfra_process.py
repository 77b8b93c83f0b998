"""The one place that starts pyinfra for the command line."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from statafleet.inventory.project import VARIABLE, Project

DEPLOYS = Path(__file__).parents[1] / "run" / "deploys"


def run(project: Project, deploy: Path, *, limit: Sequence[str] = (), data: Sequence[str] = ()) -> int:
    """Run to its end with our own output; pyinfra's exit status.

    pyinfra 3.10 looks for `group_data` and `config.py` in its current folder, so that is the project's.
    """
    words = command(project, deploy, limit=limit, data=data)
    return subprocess.run(words, cwd=project.folder, env=variables(project), check=False).returncode


def command(project: Project, deploy: Path, *, limit: Sequence[str] = (), data: Sequence[str] = ()) -> list[str]:
    own = project.folder / "inventory.py"
    inventory = own if own.is_file() else DEPLOYS / "inventory.py"
    words = [sys.executable, "-m", "pyinfra", str(inventory), str(deploy), "-y"]
    for pattern in limit:
        words += ["--limit", pattern]
    for item in data:
        words += ["--data", item]
    return words


def variables(project: Project) -> dict[str, str]:
    """Ours, with `project` as the one answer to which hosts."""
    kept = {name: value for name, value in os.environ.items() if name != VARIABLE}
    named = {VARIABLE: str(project.named)} if project.named else {}
    quiet = {} if sys.stderr.isatty() else {"PYINFRA_PROGRESS": "off"}
    return {**kept, **named, **quiet}
