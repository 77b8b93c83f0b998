"""A host's power: boot, power off, power cut, and a way in that needs neither network nor sshd."""

import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

from . import cgroups
from .poll import until

# cgroups version 2 inside, whatever this machine itself uses; /tmp as the release has it; no lock
# files, which would stay after a power cut.
ENVIRONMENT = {
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1",
    "SYSTEMD_NSPAWN_TMPFS_TMP": "0",
    "SYSTEMD_NSPAWN_LOCK": "0",
}
IN_GROUP = 'echo $$ > "$0/cgroup.procs" && exec "$@"'


class Machine:
    def __init__(self, name: str, hostname: str, root: Path, bridge: str, group: str) -> None:
        if len(f"vb-{name}") > 15:
            raise ValueError(f"{hostname}: too long, a network interface has 15 letters at most")
        self.name, self.hostname, self.root, self.bridge, self.group = (
            name,
            hostname,
            root,
            bridge,
            group,
        )
        self.nspawn: subprocess.Popen[bytes] | None = None

    @property
    def is_on(self) -> bool:
        return self.nspawn is not None and self.nspawn.poll() is None

    @property
    def console(self) -> Path:
        return self.root.with_name("console.log")

    def power_on(self) -> None:
        """Boot has begun; its own session keeps a Ctrl-C meant for the tests away from it."""
        with self.console.open("ab") as console:
            self.nspawn = subprocess.Popen(
                ["/bin/sh", "-c", IN_GROUP, cgroups.make(self.group), *self._nspawn()],
                env=os.environ | ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def power_off(self) -> None:
        """As with `poweroff`: services are stopped in order."""
        self._end(signal.SIGTERM)

    def power_cut(self) -> None:
        """Every process on the host is gone at once."""
        self._end(signal.SIGKILL)

    def leader(self) -> int:
        """The host's PID 1, in this machine's numbers; a host that reboots gets a new one."""
        return until(self._leader, f"{self.hostname} has a PID 1", 10)

    def enter(self) -> list[str]:
        """The words that run what follows them as root inside the host."""
        # In PID 1's control group: logind cannot place a caller from outside the host.
        leader = self.leader()
        group = str(cgroups.of(leader))
        return ["/bin/sh", "-c", IN_GROUP, group, "nsenter", f"--target={leader}", "--all", "--"]

    def wait_until_up(self, address: str) -> None:
        until(lambda: self._greets(address), f"{self.hostname}: sshd answers", 60)
        # sshd refuses all but root until boot is over (pam_nologin).
        waiting = [*self.enter(), "systemctl", "is-system-running", "--wait"]
        subprocess.run(waiting, stdout=subprocess.DEVNULL, timeout=60, check=False)

    def _nspawn(self) -> list[str]:
        return [
            "systemd-nspawn",
            "--boot",
            "--keep-unit",
            "--register=no",
            "--resolv-conf=off",
            "--console=pipe",
            f"--directory={self.root}",
            f"--machine={self.name}",
            f"--hostname={self.hostname}",
            f"--network-bridge={self.bridge}",
        ]

    def _end(self, how: signal.Signals) -> None:
        if self.nspawn is None:
            return
        self.nspawn.send_signal(how)
        try:
            self.nspawn.wait(30)
        except subprocess.TimeoutExpired:
            self.nspawn.kill()
            self.nspawn.wait()
            raise
        finally:
            cgroups.end(self.group)
            self.nspawn = None

    def _leader(self) -> int | None:
        if not self.is_on or self.nspawn is None:
            raise RuntimeError(f"{self.hostname} is off; its console said:\n{self._last_words()}")
        children = Path(f"/proc/{self.nspawn.pid}/task/{self.nspawn.pid}/children")
        return next((c for c in map(int, children.read_text().split()) if _is_init(c)), None)

    def _greets(self, address: str) -> bool:
        self.leader()
        with (
            suppress(OSError),
            socket.create_connection((address, 22), timeout=0.5) as connection,
        ):
            return connection.recv(4) == b"SSH-"
        return False

    def _last_words(self) -> str:
        return self.console.read_text(errors="replace")[-2000:]


def _is_init(process: int) -> bool:
    with suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return any(line.startswith("NSpid:") and line.endswith("\t1") for line in lines)
    return False
