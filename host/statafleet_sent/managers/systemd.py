"""systemd: a template unit with one instance a server, both linked into the current release, and a socket a server.

Each socket's unit is a copy, not a link: at a daemon-reload systemd closes what a unit no longer names, and a server
that waits for its restart would be without its address.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from statafleet_sent.parts import files
from statafleet_sent.parts.report import Refused, run
from statafleet_sent.wire import Running

UNITS = Path("/etc/systemd/system")
AT_BOOT = "multi-user.target.wants"
KEPT = ("/run/stata-fleet", "/var/lib/stata-fleet", "/var/cache/stata-fleet")
BEFORE, AFTER, SOCKET = "stata-fleet@", ".service", ".socket"
FACTS = "Id,MainPID,ActiveState,UnitFileState,NeedDaemonReload,Listen"


def runs() -> bool:
    return os.path.isdir("/run/systemd/system")


def unit(owner: str) -> str:
    """The template's own name where there is no owner."""
    return f"{BEFORE}{owner}{AFTER}"


def socket(owner: str) -> str:
    return f"{BEFORE}{owner}{SOCKET}"


def units(owner: str) -> tuple[str, str]:
    """The socket first: it would start a server that is stopped before it."""
    return socket(owner), unit(owner)


def owner_of(unit: str) -> str:
    return unit.removeprefix(BEFORE).removesuffix(AFTER).removesuffix(SOCKET)


def link_name(owner: str) -> str:
    """A server's link is its drop-in folder."""
    return f"{unit(owner)}.d" if owner else unit("")


def address(unit: Path) -> str:
    """Where a socket's unit listens; empty where there is no such file."""
    lines = unit.read_text().splitlines() if unit.exists() else []
    return next((line for line in lines if line.startswith("ListenStream=")), "")


class Systemd:
    def __init__(self, root: Path) -> None:
        self.root = root

    def servers(self, owners: Iterable[str]) -> dict[str, Running]:
        owners = sorted({*owners, *self.set_up()})
        if not owners:
            return {}
        names = [name for owner in owners for name in (unit(owner), socket(owner))]
        shown = run("systemctl", "show", "-p", FACTS, *names).stdout
        blocks = [dict(line.split("=", 1) for line in block.splitlines()) for block in shown.strip().split("\n\n")]
        facts = {block["Id"]: block for block in blocks}
        return {owner: self.state(owner, facts[unit(owner)], facts[socket(owner)]) for owner in owners}

    def state(self, owner: str, service: dict[str, str], held: dict[str, str]) -> Running:
        known = [service, held] if (UNITS / socket(owner)).exists() else [service]
        listens = held["ActiveState"] == "active"
        return Running(
            pid=int(service["MainPID"]),
            enabled=all(each["UnitFileState"] == "enabled" for each in known),
            stale=any(each["NeedDaemonReload"] == "yes" for each in known),
            listens=held["Listen"].partition(" ")[0] if listens else "",
            socket=files.digest(UNITS / socket(owner)) if listens else "",
        )

    def set_up(self) -> set[str]:
        """The owners of servers that have a link or a socket, or start at boot: somebody may have taken some away."""
        units = [*(UNITS / AT_BOOT).glob(f"{BEFORE}*"), *UNITS.glob(socket("*"))]
        return ({owner_of(path.name) for path in units} | self.links().keys()) - {""}

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
        (UNITS / socket(owner)).unlink(missing_ok=True)

    def reload(self) -> None:
        run("systemctl", "daemon-reload")

    def let_go(self, owner: str) -> None:
        """The same address stays held."""
        moves = address(UNITS / socket(owner)) != address(self.root / "current" / "units" / socket(owner))
        self.halt(*(units(owner) if moves else [unit(owner)]))

    def listen(self, owner: str) -> None:
        files.copy(UNITS / socket(owner), self.root / "current" / "units" / socket(owner))
        self.enable(socket(owner))
        self.bring_up("start", socket(owner), "nothing can listen at its address")

    def start(self, owner: str) -> None:
        self.enable(*(name for name in units(owner) if name == unit(owner) or (UNITS / name).exists()))
        self.bring_up("start", unit(owner))

    def enable(self, *names: str) -> None:
        """As `systemctl enable`, which resolves the template's link: the server would keep its first release's unit."""
        (UNITS / AT_BOOT).mkdir(exist_ok=True)
        for name in names:
            files.link(UNITS / AT_BOOT / name, UNITS / (unit("") if name.endswith(AFTER) else name))
        self.reload()

    def restart(self, owner: str) -> None:
        self.bring_up("restart", unit(owner))

    def bring_up(self, how: str, name: str, what: str = "the service did not start") -> None:
        run("systemctl", "reset-failed", name, check=False)
        if run("systemctl", how, name, check=False).returncode != 0:
            lines = run("journalctl", "-u", name, "-n", "8", "-o", "cat", check=False).stdout
            raise Refused(f"{owner_of(name)}: {what}:\n{lines.strip()}")

    def halt(self, *names: str) -> None:
        """What systemd does not know needs no stop, though it calls that a failure."""
        run("systemctl", "stop", *names, check=False)

    def stop(self, owner: str) -> None:
        self.halt(*units(owner))
        for name in units(owner):
            (UNITS / AT_BOOT / name).unlink(missing_ok=True)
        self.reload()

    def take_away(self) -> None:
        for owner in self.set_up():
            self.stop(owner)
            self.unlink(owner)
        self.unlink("")
        self.reload()
        # Not shutil.rmtree, which ends with a RecursionError where an owner made folders a thousand deep.
        run("rm", "-rf", "--one-file-system", "--", *KEPT, check=False)

    def left(self) -> list[Path]:
        units = [path for folder in (UNITS, UNITS / AT_BOOT) for path in folder.glob(f"{BEFORE}*")]
        return [*units, *(path for path in map(Path, KEPT) if path.exists())]
