"""What a user has who installed the wheel: its programs, and a folder far from any checkout."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Installed:
    """A virtual environment with the wheel, and an empty folder to work in."""

    environment: Path
    home: Path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        program, *arguments = words
        return subprocess.run(
            [self.environment / "bin" / program, *arguments],
            cwd=self.home,
            env={**self.variables(), "HOME": str(self.home), "PYINFRA_PROGRESS": "off"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    @staticmethod
    def variables() -> dict[str, str]:
        """Without what would lead to a checkout."""
        leads = ("PYTHONPATH", "VIRTUAL_ENV", "STATA_FLEET_INVENTORY")
        return {name: value for name, value in os.environ.items() if name not in leads}

    def python(self, code: str) -> str:
        return self.run("python", "-c", code).stdout.strip()

    def carried(self, name: str) -> str:
        return self.python(f"from statafleet import carried; print(carried.folder({name!r}))")
