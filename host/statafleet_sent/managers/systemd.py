"""systemd: a template unit with one instance a server, both linked into the current release."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from statafleet_sent.parts import files
from statafleet_sent.parts.report import Refused, run
from statafleet_sent.wire import Running

UNITS = Path("/etc/systemd/system")
AT_BOOT = "multi-user.target.wants"
KEPT = ("/run/stata-fleet", "/var/lib/stata-fleet", "/var/cache/stata-fleet")
BEFORE, AFTER = "stata-fleet@", ".service"


def runs() -> bool:
    return os.path.isdir("/run/systemd/system")


def unit(owner: str) -> str:
    """The template's own name where there is no owner."""
    return f"{BEFORE}{owner}{AFTER}"


def owner_of(unit: str) -> str:
    return unit.removeprefix(BEFORE).removesuffix(AFTER)


def link_name(owner: str) -> str:
    """A server's link is its drop-in folder."""
    return f"{unit(owner)}.d" if owner else unit("")


def state(facts: dict[str, str]) -> Running:
    return Running(
        pid=int(facts["MainPID"]),
        enabled=facts["UnitFileState"] == "enabled",
        stale=facts["NeedDaemonReload"] == "yes",
    )


class Systemd:
    def __init__(self, root: Path) -> None:
        self.root = root

    def servers(self, owners: Iterable[str]) -> dict[str, Running]:
        names = [unit(owner) for owner in sorted({*owners, *self.set_up()})]
        if not names:
            return {}
        shown = run("systemctl", "show", "-p", "Id,MainPID,UnitFileState,NeedDaemonReload", *names).stdout
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.strip().split("\n\n")]
        return {owner_of(facts["Id"]): state(facts) for facts in blocks}

    def set_up(self) -> set[str]:
        """The owners of servers that have a link or start at boot: somebody may have taken one of the two away."""
        at_boot = {owner_of(path.name) for path in (UNITS / AT_BOOT).glob(unit("*"))}
        return (at_boot | self.links().keys()) - {""}

    def links(self) -> dict[str, str]:
        """Owner -> where its link leads, the template's without one; empty for what is no link."""
        template = UNITS / unit("")
        drop_ins = UNITS.glob(f"{unit('*')}.d")
        found = {owner_of(path.stem): os.readlink(path) if path.is_symlink() else "" for path in drop_ins}
        return {**found, "": os.readlink(template)} if template.is_symlink() else found

    def link(self, owner: str) -> None:
        files.link(UNITS / link_name(owner), self.root / "current" / "units" / link_name(owner))

    def unlink(self, owner: str) -> None:
        (UNITS / link_name(owner)).unlink(missing_ok=True)

    def reload(self) -> None:
        run("systemctl", "daemon-reload")

    def start(self, owner: str) -> None:
        self.enable(owner)
        self.bring_up("start", owner)

    def enable(self, owner: str) -> None:
        """As `systemctl enable`, which resolves the template's link: the server would keep its first release's unit."""
        (UNITS / AT_BOOT).mkdir(exist_ok=True)
        files.link(UNITS / AT_BOOT / unit(owner), UNITS / unit(""))
        self.reload()

    def restart(self, owner: str) -> None:
        self.bring_up("restart", owner)

    def bring_up(self, how: str, owner: str) -> None:
        run("systemctl", "reset-failed", unit(owner), check=False)
        if run("systemctl", how, unit(owner), check=False).returncode != 0:
            lines = run("journalctl", "-u", unit(owner), "-n", "8", "-o", "cat", check=False).stdout
            raise Refused(f"{owner}: the service did not start:\n{lines.strip()}")

    def halt(self, owner: str) -> None:
        run("systemctl", "stop", unit(owner))

    def stop(self, owner: str) -> None:
        run("systemctl", "disable", "--quiet", "--now", unit(owner))

    def take_away(self) -> None:
        for owner in self.set_up():
            run("systemctl", "disable", "--quiet", "--now", unit(owner), check=False)
            self.unlink(owner)
        self.unlink("")
        self.reload()
        for folder in KEPT:
            shutil.rmtree(folder, ignore_errors=True)

    def left(self) -> list[Path]:
        units = [path for folder in (UNITS, UNITS / AT_BOOT) for path in folder.glob(f"{BEFORE}*")]
        return [*units, *(path for path in map(Path, KEPT) if path.exists())]
