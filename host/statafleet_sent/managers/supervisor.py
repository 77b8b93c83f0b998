"""supervisor: one supervisord of our own, run by the account that owns everything."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

from statafleet_host import proc

from statafleet_sent.parts.report import Refused, run
from statafleet_sent.wire import Running


class Supervisor:
    """`programs` has supervisord and supervisorctl; whoever only looks needs none.

    Its one file lies in the release, so there is nothing to link; it holds no addresses.
    """

    def __init__(self, root: Path, programs: Path) -> None:
        self.root, self.programs = root, programs
        self.settings = str(root / "current" / "supervisord.conf")

    def servers(self, owners: Iterable[str]) -> dict[str, Running]:
        """Its children carry their owner's name in their environment."""
        pid = self.pid()
        children = [child for child, parent in proc.parents().items() if parent == pid] if pid else []
        running = {proc.environ(child).get("STATA_FLEET_OWNER", ""): child for child in children}
        found = {name: Running(pid=child, enabled=True) for name, child in running.items() if name}
        return {**dict.fromkeys(owners, Running()), **found}

    def pid(self) -> int:
        """Of our own supervisord; 0 where it does not run, whoever has its old number now."""
        try:
            pid = int((self.root / "run" / "supervisord.pid").read_text())
        except (OSError, ValueError):
            return 0
        return pid if self.settings in proc.cmdline(pid) and proc.effective_uid(pid) == os.geteuid() else 0

    def links(self) -> dict[str, str]:
        return {}

    def link(self, owner: str) -> None: ...

    def unlink(self, owner: str) -> None: ...

    def let_go(self, owner: str) -> None: ...

    def listen(self, owner: str) -> None: ...

    def reload(self) -> None:
        (self.root / "run").mkdir(mode=0o700, exist_ok=True)
        if not self.pid():
            run(str(self.programs / "supervisord"), "-c", self.settings)
            self.wait_until_up()
        self.control("reread")

    def start(self, owner: str) -> None:
        if not self.servers([owner])[owner].pid:
            self.restart(owner)

    def restart(self, owner: str) -> None:
        self.control("stop", owner)
        self.control("update", owner)
        self.control("start", owner)
        if "RUNNING" not in (state := self.control("status", owner)):
            log = self.root / "run" / f"{owner}.log"
            lines = log.read_text("utf-8", "replace").splitlines()[-8:] if log.exists() else [state]
            raise Refused(f"{owner}: the server did not start:\n" + "\n".join(lines))

    def stop(self, owner: str) -> None:
        self.control("stop", owner)
        self.control("remove", owner)

    def take_away(self) -> None:
        """SIGTERM ends its servers with it."""
        pid = self.pid()
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 40
        while pid in proc.parents() and time.monotonic() < deadline:
            time.sleep(0.1)

    def left(self) -> list[Path]:
        return []

    def control(self, *words: str) -> str:
        return run(str(self.programs / "supervisorctl"), "-c", self.settings, *words, check=False).stdout

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + 20
        while "refused" in self.control("pid") or not self.pid():
            if time.monotonic() > deadline:
                raise Refused("supervisor did not come up within 20 s")
            time.sleep(0.2)
