"""A user's checkout: the repository's entry files, an inventory of its own, and a private home."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .fleet import Fleet

REPOSITORY = Path(__file__).parents[2]
COPIED = ("inventory.py", "deploy.py", "group_data")
LINKED = ("templates", "locks", "host")
Result = subprocess.CompletedProcess[str]


class Project:
    """Exit code in `returncode`, what the user sees (both streams, in order) in `stdout`."""

    def __init__(self, folder: Path, fleet: Fleet) -> None:
        self.folder = folder / "project"
        self.home = folder / "home"
        self.caches = fleet.folder.with_name("caches")
        self.environment: dict[str, str] = {}
        self._lay_out()
        self._furnish_home(fleet)

    def inventory(self, text: str, file: str = "fleet.yml") -> Path:
        return self._write(f"inventory/{file}", text)

    def group_data(self, name: str, text: str) -> Path:
        """The layer of `all`, a group or a host; a name with a suffix is taken as the file's."""
        return self._write(f"group_data/{name if '.' in name else f'{name}.yml'}", text)

    def pyinfra(self, *arguments: str, timeout: float = 900) -> Result:
        return self.run("pyinfra", "inventory.py", "deploy.py", *arguments, timeout=timeout)

    def cli(self, *arguments: str, timeout: float = 900) -> Result:
        return self.run("stata-fleet", *arguments, timeout=timeout)

    def run(self, program: str, *arguments: str, timeout: float = 900) -> Result:
        """Any program of this Python's own environment, in the user's folder and home."""
        with self.start(program, *arguments) as process:
            try:
                seen, _ = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return subprocess.CompletedProcess(process.args, process.returncode, seen)

    def start(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        """The same without waiting for its end, for tests that interrupt it; end it by `with`."""
        return subprocess.Popen(
            self.argv(program, *arguments),
            cwd=self.folder,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def argv(self, program: str, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).with_name(program)), *arguments]

    def variables(self) -> dict[str, str]:
        """Our own environment with the user's home; `project.environment` has the last say."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "SSH_", "CI"))}
        ours = {
            "HOME": str(self.home),
            "PYINFRA_PROGRESS": "off",
            "PYTHONPATH": str(REPOSITORY),
            "XDG_CACHE_HOME": str(self.caches),
        }
        return kept | ours | self.environment

    def _lay_out(self) -> None:
        for name in COPIED:
            if (REPOSITORY / name).is_dir():
                shutil.copytree(REPOSITORY / name, self.folder / name)
            elif (REPOSITORY / name).exists():
                self.folder.mkdir(exist_ok=True)
                shutil.copy(REPOSITORY / name, self.folder)
        for name in ("inventory", "group_data"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name in LINKED:
            (self.folder / name).symlink_to(REPOSITORY / name)

    def _furnish_home(self, fleet: Fleet) -> None:
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True, mode=0o700)
        shutil.copy(fleet.known_hosts, ssh / "known_hosts")
        theirs, ours = str(fleet.known_hosts), str(ssh / "known_hosts")
        (ssh / "config").write_text(fleet.config.read_text().replace(theirs, ours))

    def _write(self, path: str, text: str) -> Path:
        file = self.folder / path
        file.write_text(text)
        return file
