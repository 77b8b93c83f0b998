"""A machine whose systemd and supervisor do to processes, in memory, what the real ones do; for the real programs.

They read the files that lie in folders: a server runs as its unit or its section says that was read last.
"""

import re
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import CompletedProcess

from statafleet_sent.managers import systemd

UNIT = re.compile(r"stata-fleet@(.+)\.(service|socket)")
DIGESTS = re.compile(r'(STATA_FLEET_(?:SERVER|SIGN_IN|CERTIFICATE))="?(\w+)')


@dataclass
class Process:
    parent: int
    words: list[str]
    variables: dict[str, str] = field(default_factory=dict)


@dataclass
class Machine:
    """`read` is what the manager read last of each server, `known` what supervisor starts it from.

    `held` is the address of each socket that systemd listens on, by owner.
    """

    root: Path
    units: Path
    processes: dict[int, Process] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    known: dict[str, dict[str, str]] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    pids: Iterator[int] = field(default_factory=lambda: count(100))

    def parents(self) -> dict[int, int]:
        return {pid: process.parent for pid, process in self.processes.items()}

    def environ(self, pid: int) -> dict[str, str]:
        return self.processes[pid].variables

    def cmdline(self, pid: int) -> list[str]:
        return self.processes[pid].words

    def run(self, *argv: str, check: bool = True) -> CompletedProcess[str]:
        program: Callable[..., tuple[int, str]] = getattr(self, Path(argv[0]).name)
        status, text = program(*argv[1:])
        assert status == 0 or not check, argv
        return CompletedProcess(argv, status, text, "")

    def started(self, pid: int) -> str:
        """Numbers are not given twice here."""
        return "1" if pid in self.processes else ""

    def begin(self, owner: str, digests: dict[str, str], parent: int = 1) -> None:
        variables = {"STATA_FLEET_OWNER": owner, **digests}
        self.processes[next(self.pids)] = Process(parent, ["jupyter-lab"], variables)

    def end(self, owner: str) -> None:
        """With what it started."""
        pid = self.pid(owner)
        self.processes = {at: each for at, each in self.processes.items() if pid not in (at, each.parent)}

    def pid(self, owner: str) -> int:
        own = (pid for pid, each in self.processes.items() if each.variables.get("STATA_FLEET_OWNER") == owner)
        return next(own, 0)

    def work(self, owner: str) -> None:
        """Somebody opens a notebook."""
        if pid := self.pid(owner):
            self.processes[next(self.pids)] = Process(pid, ["python", "-f", "/run/kernel-1.json"])

    def systemctl(self, verb: str, *words: str) -> tuple[int, str]:
        units = [(found[1], found[2]) for word in words if (found := UNIT.fullmatch(word))]
        if verb == "show":
            return 0, "\n\n".join(self.shown(*unit) for unit in units)
        if verb == "daemon-reload":
            self.read = {owner: text for owner in self.drop_ins() if (text := self.unit(owner))}
        for owner, kind in units if verb != "reset-failed" else ():
            if status := getattr(self, kind)(verb, owner):
                return status, "it did not work"
        return 0, ""

    def journalctl(self, *_: str) -> tuple[int, str]:
        return 0, "Address already in use"

    def service(self, verb: str, owner: str) -> int:
        if verb in ("stop", "restart"):
            self.end(owner)
        if verb in ("start", "restart") and not self.pid(owner):
            digests = dict(DIGESTS.findall(self.read.setdefault(owner, self.unit(owner))))
            if not digests:
                return 1
            self.begin(owner, digests)
        return 0

    def socket(self, verb: str, owner: str) -> int:
        """Two sockets on one address, or one whose server runs, do not start."""
        if verb == "stop":
            self.held.pop(owner, None)
        if verb == "start" and owner not in self.held:
            address = systemd.address(self.units / f"stata-fleet@{owner}.socket")
            if not address or address in self.held.values() or self.pid(owner):
                return 1
            self.held[owner] = address
        return 0

    def at_boot(self, owner: str, kind: str) -> Path:
        return self.units / "multi-user.target.wants" / f"stata-fleet@{owner}.{kind}"

    def shown(self, owner: str, kind: str) -> str:
        stale = kind == "service" and owner in self.read and self.read[owner] != self.unit(owner)
        facts = {
            "Id": f"stata-fleet@{owner}.{kind}",
            "UnitFileState": "enabled" if self.at_boot(owner, kind).is_symlink() else "disabled",
            "NeedDaemonReload": "yes" if stale else "no",
        }
        if kind == "service":
            facts |= {"MainPID": str(self.pid(owner)), "ActiveState": "active" if self.pid(owner) else "inactive"}
        elif owner in self.held:
            facts |= {"Listen": f"{self.held[owner].partition('=')[2]} (Stream)", "ActiveState": "active"}
        else:
            facts |= {"ActiveState": "inactive"}
        return "\n".join(f"{name}={value}" for name, value in facts.items())

    def drop_ins(self) -> list[str]:
        return [path.name[len("stata-fleet@") : -len(".service.d")] for path in self.units.glob("*.service.d")]

    def unit(self, owner: str) -> str:
        """The template and the server's drop-in; empty where systemd would find none."""
        files = (self.units / "stata-fleet@.service", self.units / f"stata-fleet@{owner}.service.d" / "server.conf")
        return "".join(file.read_text() for file in files) if all(file.exists() for file in files) else ""

    def supervisord(self, _: str, settings: str) -> tuple[int, str]:
        pid = next(self.pids)
        self.processes[pid] = Process(1, ["supervisord", "-c", settings])
        (self.root / "run" / "supervisord.pid").write_text(str(pid))
        self.known = self.sections(settings)
        return 0, ""

    def supervisorctl(self, _: str, settings: str, verb: str, *owners: str) -> tuple[int, str]:
        daemon = next((pid for pid, each in self.processes.items() if each.words[0] == "supervisord"), 0)
        if not daemon:
            return 1, "refused"
        for owner in owners:
            if verb == "update" and self.known.get(owner) != (section := self.sections(settings).get(owner)):
                self.end(owner)
                self.known = {**self.known, owner: section} if section else self.known
            elif verb == "stop":
                self.end(owner)
            elif verb == "remove" and not self.pid(owner):
                self.known.pop(owner, None)
            elif verb == "start" and owner in self.known and not self.pid(owner):
                self.begin(owner, self.known[owner], daemon)
        return 0, " ".join("RUNNING" if self.pid(owner) else "STOPPED" for owner in owners)

    def sections(self, settings: str) -> dict[str, dict[str, str]]:
        """Owner -> its digests."""
        file = ConfigParser(interpolation=None)
        file.read(settings)
        programs = {name.partition(":")[2]: file[name]["environment"] for name in file if name.startswith("program:")}
        return {owner: dict(DIGESTS.findall(text)) for owner, text in programs.items()}
