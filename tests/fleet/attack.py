"""The programs in `attacks/`, run on a host as the account that wants in."""

import json
import re
import shlex
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .fleet import ATTACKER, Fleet
from .host import Host

PROGRAMS = Path(__file__).parent / "attacks"
PLACE = "/usr/local/lib/attacks"


class Attack:
    """Goes on, over an ssh session of its own, until it is ended."""

    def __init__(self, process: subprocess.Popen[str], asked: object) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if process.stdin:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()

    def end(self) -> dict[str, Any]:
        """Its report."""
        if self.process.stdin:
            self.process.stdin.close()
        self._reader.join(timeout=60)
        assert self.lines, "the attack reported nothing"
        return self.lines[-1]

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(json.loads(line))


def bring(host: Host, program: str) -> str:
    host.copy_in(PROGRAMS / f"{program}.py", f"{PLACE}/{program}.py", 0o755)
    return f"{PLACE}/{program}.py"


@contextmanager
def under(fleet: Fleet, host: Host, program: str, asked: object, python: str = "python3") -> Iterator[Attack]:
    """While the block runs, mallory's program does."""
    command = fleet.ssh(host, ATTACKER, python, bring(host, program))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Attack(process, asked)
        finally:
            process.terminate()


def ask(host: Host, user: str, *words: str) -> str:
    """What one HTTP request of this account gets: a status, or an error's name."""
    return host.run(shlex.join(["python3", bring(host, "ask"), *words]), user=user).stdout.strip()


def listening(host: Host, user: str) -> set[str]:
    """What the processes of this account listen on."""
    rows = host.run("ss -ltnHp").stdout.splitlines()
    pids = set(host.run(f"pgrep -u {user}", check=False).stdout.split())
    return {row.split()[3] for row in rows if pids & set(re.findall(r"pid=(\d+)", row))}


def readable(host: Host, user: str, places: Sequence[str]) -> list[str]:
    return host.run(shlex.join(["python3", bring(host, "read_all"), *places]), user=user).stdout.splitlines()


def environment(host: Host, kind: str = "server") -> str:
    return host.run(f"ls -d /opt/stata-fleet/environments/{kind}-*").stdout.split()[0]
