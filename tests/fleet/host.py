"""What a test says to a host, by another way than the code under test: no ssh, no pyinfra."""

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import network
from .disk import Disk
from .machine import Machine

# For `systemctl --user`, as a login session would have it.
RUNTIME = "test -d /run/user/$UID && export XDG_RUNTIME_DIR=/run/user/$UID"
Result = subprocess.CompletedProcess[str]


class Host:
    def __init__(self, machine: Machine, disk: Disk, address: str, login: str) -> None:
        self.machine, self.disk = machine, disk
        self.address, self.login = address, login
        self.host_key = ""
        self.copied = False

    @property
    def name(self) -> str:
        return self.machine.hostname

    def __repr__(self) -> str:
        return f"<{self.name} {self.address} {self.disk.suite}>"

    def run(self, command: str, *, user: str = "root", check: bool = True, seconds: float = 300) -> Result:
        """A shell command in the user's home and login environment, but no login session."""
        done = subprocess.run(
            self._as(user, f"{RUNTIME}\ncd\n{command}"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and done.returncode:
            raise AssertionError(f"{self.name}, {user}: {command}\n{done.stdout}{done.stderr}")
        return done

    def read(self, path: str) -> bytes:
        command = self._as("root", f"cat -- {shlex.quote(path)}")
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout

    def write(self, path: str, content: bytes, mode: int = 0o644, owner: str = "root") -> None:
        """The file is there with its missing folders, which are root's."""
        install = f"install -D -m {mode:o} -o {owner} -g $(id -g {owner}) /dev/stdin "
        command = self._as("root", install + shlex.quote(path))
        subprocess.run(command, input=content, check=True)

    def copy_in(self, local: Path, remote: str, mode: int = 0o644) -> None:
        self.write(remote, local.read_bytes(), mode)

    def exists(self, path: str) -> bool:
        return self.run(f"test -e {shlex.quote(path)}", check=False).returncode == 0

    def add_user(self, name: str) -> None:
        """A Unix account with a private home, bash, and no way in."""
        self.run(f"useradd --create-home --shell=/bin/bash {name} && chmod 0700 ~{name}")

    def main_pid(self, owner: str) -> int:
        """Of a server; 0 while it does not run."""
        return int(self.run(f"systemctl show -P MainPID stata-fleet@{owner}").stdout)

    def services(self) -> dict[str, str]:
        """Every loaded service and its state: active, inactive, failed, activating …"""
        command = "systemctl list-units --type=service --all --plain --no-legend --full"
        rows = [line.split() for line in self.run(command).stdout.splitlines()]
        return {row[0]: row[2] for row in rows}

    def journal(self, unit: str | None = None, lines: int | None = None) -> str:
        """The host's log, of one unit or all; also when the host is off."""
        which = [f"--unit={unit}"] if unit else []
        which += [f"--lines={lines}"] if lines else []
        command = ["journalctl", "--no-pager", "--quiet", *which]
        if self.machine.is_on:
            return self.run(shlex.join(command)).stdout
        command.append(f"--directory={self.disk.root / 'var/log/journal'}")
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout

    def start(self) -> None:
        if self.copied:
            raise RuntimeError(f"{self.name} has copies, which stand on its disk: leave it off")
        self.machine.power_on()
        self.machine.wait_until_up(self.address)

    def stop(self) -> None:
        self.machine.power_off()

    def reboot(self) -> None:
        self.stop()
        self.start()

    def power_cut(self) -> None:
        """The host is off without a goodbye; `start` turns it on again."""
        self.machine.power_cut()

    def cut_network(self) -> None:
        network.set_link(self.machine.name, "down")

    def restore_network(self) -> None:
        network.set_link(self.machine.name, "up")

    @contextmanager
    def without_network(self) -> Iterator[None]:
        self.cut_network()
        try:
            yield
        finally:
            self.restore_network()

    @contextmanager
    def small_disk(self, folder: str, size: str) -> Iterator[None]:
        """Over this folder lies an empty disk of so many bytes, e.g. `20M`."""
        self.run(f"mkdir -p {folder} && mount -t tmpfs -o size={size},mode=755 tmpfs {folder}")
        try:
            yield
        finally:
            self.run(f"umount --lazy {folder}")

    def _as(self, user: str, command: str) -> list[str]:
        group = f"$(id -g {user})"
        become = f"exec setpriv --reuid={user} --regid={group} --init-groups --reset-env "
        return [
            *self.machine.enter(),
            "/bin/sh",
            "-c",
            become + shlex.join(["bash", "-lc", command]),
        ]
