"""A host in memory that does what each change says, so that one can look at it again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from statafleet_sent.wire import HandOver, Observed, Sessions

from statafleet.changes.compare import NOTHING, compare
from statafleet.changes.kinds import Changes, ServiceStep
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, Server
from tests.unit.lab import installed, links, running


@dataclass
class ModelHost:
    """`loaded` is what the service manager read last: a server starts as that says, not as the files do."""

    seen: Observed
    answers: Answers
    loaded: Mapping[str, Server] = field(default_factory=dict)
    pids: Iterator[int] = field(default_factory=lambda: count(100))

    def changes(self, wanted: Release) -> Changes:
        return compare(wanted, self.seen, self.answers)

    def apply(self, wanted: Release) -> Changes:
        changes = self.changes(wanted)
        built = {change.environment.id for change in changes.environments}
        intact = {*(self.seen.installed.intact if self.seen.installed else ()), *built}
        if self.seen.installed:
            self.seen = replace(self.seen, installed=replace(self.seen.installed, intact=tuple(sorted(intact))))
        for switch in changes.releases:
            self.switch(switch.release, intact)
        for telling in changes.tellings:
            self.tell(telling.wanted)
        for step in changes.services:
            getattr(self, step.do.replace("-", "_"))(step, wanted)
        return changes

    def switch(self, wanted: Release, intact: set[str]) -> None:
        stale = self.seen.installed is None or self.seen.installed.id != wanted.id
        release = installed(wanted)
        there = tuple(name for name in release.intact if name in intact)
        servers = {owner: replace(server, stale=stale or server.stale) for owner, server in self.seen.servers.items()}
        self.seen = replace(self.seen, installed=replace(release, intact=there), servers=servers)

    def tell(self, wanted: HandOver) -> None:
        self.put(wanted.owner, **{"certificate" if wanted.said == "certificate" else "sign_in": wanted.digest})

    def link(self, step: ServiceStep, wanted: Release) -> None:
        self.seen = replace(self.seen, unit_links={**self.seen.unit_links, step.owner: links(wanted)[step.owner]})

    def unlink(self, step: ServiceStep, _: Release) -> None:
        units = {owner: layout for owner, layout in self.seen.unit_links.items() if owner != step.owner}
        servers = {owner: server for owner, server in self.seen.servers.items() if owner != step.owner}
        self.seen = replace(self.seen, unit_links=units, servers=servers)

    def reload(self, _: ServiceStep, wanted: Release) -> None:
        self.loaded = wanted.servers
        servers = {owner: replace(server, stale=False) for owner, server in self.seen.servers.items()}
        self.seen = replace(self.seen, servers=servers)

    def let_go(self, step: ServiceStep, _: Release) -> None:
        self.put(step.owner, pid=0, digest="", sign_in="", certificate="", socket="", sessions=Sessions())

    def listen(self, step: ServiceStep, wanted: Release) -> None:
        assert not self.seen.servers[step.owner].pid
        self.put(step.owner, socket=wanted.servers[step.owner].socket)

    def start(self, step: ServiceStep, wanted: Release) -> None:
        now = self.seen.servers.get(step.owner, NOTHING)
        if now.pid:
            self.put(step.owner, enabled=True)
        else:
            self.restart(step, wanted)

    def restart(self, step: ServiceStep, _: Release) -> None:
        held = self.seen.servers.get(step.owner, NOTHING).socket
        started = running(self.loaded[step.owner], pid=next(self.pids), socket=held)
        self.seen = replace(self.seen, servers={**self.seen.servers, step.owner: started})

    def stop(self, step: ServiceStep, _: Release) -> None:
        self.put(
            step.owner, pid=0, enabled=False, digest="", sign_in="", certificate="", socket="", sessions=Sessions()
        )

    def put(self, owner: str, **facts: object) -> None:
        server = replace(self.seen.servers.get(owner, NOTHING), **facts)  # type: ignore[arg-type]
        self.seen = replace(self.seen, servers={**self.seen.servers, owner: server})
