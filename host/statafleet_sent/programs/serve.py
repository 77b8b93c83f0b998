"""Make systemd or supervisor run what the current release says: link, reload, start, stop, restart."""

import os
import time
from pathlib import Path
from typing import Any

from statafleet_sent.parts import host, lock

UNITS = Path("/etc/systemd/system")


def main(payload: dict[str, Any]) -> None:
    root = Path(payload["root"])
    with lock.held(root):
        systemd = payload["service"] == "systemd"
        manager = Systemd(root) if systemd else Supervisor(root, Path(payload["programs"]))
        # All stop before any starts, since two may have changed ports with each other.
        for step in payload["steps"]:
            if step["do"] == "restart":
                manager.halt(step["owner"])
        for step in payload["steps"]:
            getattr(manager, step["do"])(step["owner"])
    host.report()


class Systemd:
    """A template unit with one instance a server, both linked into the current release."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def link(self, owner: str) -> None:
        """The template (no owner) or one server's drop-in folder."""
        name = f"stata-fleet@{owner}.service" + (".d" if owner else "")
        made = UNITS / f".{name}.new"
        made.unlink(missing_ok=True)
        made.symlink_to(self.root / "current" / "units" / name)
        os.rename(made, UNITS / name)

    def unlink(self, owner: str) -> None:
        (UNITS / f"stata-fleet@{owner}.service.d").unlink(missing_ok=True)

    def reload(self, _: str) -> None:
        host.run("systemctl", "daemon-reload")

    def start(self, owner: str) -> None:
        """Now and at boot; one that runs already goes on."""
        self.enable(owner)
        self.bring_up("start", owner)

    def enable(self, owner: str) -> None:
        """As `systemctl enable`, which resolves the template's link: the server would keep its first release's unit."""
        wants = UNITS / "multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        made = wants / f".{unit(owner)}.new"
        made.unlink(missing_ok=True)
        made.symlink_to(UNITS / "stata-fleet@.service")
        os.rename(made, wants / unit(owner))
        self.reload("")

    def halt(self, owner: str) -> None:
        host.run("systemctl", "stop", unit(owner))

    def restart(self, owner: str) -> None:
        self.bring_up("restart", owner)

    def bring_up(self, how: str, owner: str) -> None:
        host.run("systemctl", "reset-failed", unit(owner), check=False)
        done = host.run("systemctl", how, unit(owner), check=False)
        if done.returncode != 0:
            lines = host.run("journalctl", "-u", unit(owner), "-n", "8", "-o", "cat", check=False).stdout
            host.fail(f"{owner}: the service did not start:\n{lines.strip()}")

    def stop(self, owner: str) -> None:
        host.run("systemctl", "disable", "--quiet", "--now", unit(owner))


def unit(owner: str) -> str:
    return f"stata-fleet@{owner}.service"


class Supervisor:
    """One supervisord of our own, run by the account that owns everything."""

    def __init__(self, root: Path, programs: Path) -> None:
        self.root, self.programs = root, programs
        self.settings = str(root / "current" / "supervisord.conf")

    def reload(self, _: str) -> None:
        """supervisord runs and knows the current release's servers; none is started or stopped."""
        (self.root / "run").mkdir(mode=0o700, exist_ok=True)
        if not host.supervisor(self.root):
            host.run(str(self.programs / "supervisord"), "-c", self.settings)
            self.wait_for_it()
        self.control("reread")

    def start(self, owner: str) -> None:
        self.restart(owner)

    def halt(self, owner: str) -> None:
        self.control("stop", owner)

    def restart(self, owner: str) -> None:
        self.halt(owner)
        self.control("update", owner)
        self.control("start", owner)
        if "RUNNING" not in (state := self.control("status", owner)):
            log = self.root / "run" / f"{owner}.log"
            lines = log.read_text("utf-8", "replace").splitlines()[-8:] if log.exists() else [state]
            host.fail(f"{owner}: the server did not start:\n" + "\n".join(lines))

    def stop(self, owner: str) -> None:
        self.control("stop", owner)
        self.control("remove", owner)

    def control(self, *words: str) -> str:
        return host.run(str(self.programs / "supervisorctl"), "-c", self.settings, *words, check=False).stdout

    def wait_for_it(self) -> None:
        deadline = time.monotonic() + 20
        while "refused" in self.control("pid") or not host.supervisor(self.root):
            if time.monotonic() > deadline:
                host.fail("supervisor did not come up within 20 s")
            time.sleep(0.2)
