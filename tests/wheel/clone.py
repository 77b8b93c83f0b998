"""A clone of the repository with an operator's own inventory in it, and a home apart."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
COPIED = ("inventory.py", "deploy.py", "demo", "group_data")
LINKED = ("statafleet", "host", "templates", "locks", "stand_in")
# Nothing listens there, so a run that means these hosts says so, and no other machine hears of it.
LAB = "hosts: {127.0.0.2: {ssh: {port: 9}, servers: {alice: }}, 127.0.0.3: {ssh: {port: 9}, servers: {bob: }}}\n"


class Clone:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "clone"
        self.home = folder / "home"
        self.root = self.home / ".local" / "share" / "stata-fleet"
        self.folder.mkdir()
        self.home.mkdir()
        for name in COPIED:
            if (REPOSITORY / name).is_dir():
                shutil.copytree(REPOSITORY / name, self.folder / name)
            else:
                shutil.copy(REPOSITORY / name, self.folder)
        for name in LINKED:
            (self.folder / name).symlink_to(REPOSITORY / name)
        self.has("inventory/lab.yml", LAB)

    def has(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def demo(self, word: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """As `make` runs it."""
        return subprocess.run(
            [sys.executable, "-m", "statafleet.cli.demo", word],
            cwd=self.folder,
            env=self.variables(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def variables(self, more: Mapping[str, str]) -> dict[str, str]:
        ours = {
            "HOME": str(self.home),
            "PYTHONPATH": f"{self.folder}:{self.folder / 'host'}",
            "PYTHONUNBUFFERED": "",
            "PYINFRA_PROGRESS": "off",
            # What was downloaded once need not be again.
            "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path("~/.cache").expanduser())),
        }
        return {**os.environ, **ours, **more}
