"""The same promises as in `test_idempotence`, kept by the programs that are sent to hosts."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statafleet_host import proc
from statafleet_host.probe.client import Answer
from statafleet_sent.managers import supervisor, systemd
from statafleet_sent.managers.manager import manager
from statafleet_sent.managers.systemd import Systemd
from statafleet_sent.parts import files, tell
from statafleet_sent.programs import observe, serve
from statafleet_sent.wire import Observed, Step

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, release
from statafleet.layout import Layout
from tests.unit.changes.machine import Machine
from tests.unit.changes.test_idempotence import Scope, server
from tests.unit.lab import answers_of, empty, installed, lab


@dataclass
class RealHost:
    """A folder in place of the disk, a machine in memory, and the programs as they are.

    `failed` has what could not be done last, by owner.
    """

    machine: Machine
    scope: Scope
    now: Release | None = None
    failed: dict[str, str] = field(default_factory=dict)

    def answers(self, wanted: dict[str, dict[str, object]]) -> tuple[Release, Answers]:
        host = lab(wanted, scope=self.scope)
        layout = Layout(str(self.machine.root), self.scope, "systemd" if self.scope == "system" else "supervisor")
        answers = answers_of(host, layout=layout)
        return release(host, answers), answers

    def look(self, answers: Answers) -> Observed:
        chosen = manager(answers.layout.manager, self.machine.root)
        return replace(
            empty(answers),
            installed=installed(self.now) if self.now else None,
            servers=observe.servers(self.machine.root, chosen, tuple(answers.accounts)),
            unit_links=chosen.links(),
        )

    def apply(self, wanted: Release, answers: Answers) -> Changes:
        changes = compare(wanted, self.look(answers), answers)
        if changes.releases:
            self.switch(wanted)
        chosen = manager(answers.layout.manager, self.machine.root, Path("/programs"))
        assert serve.tell_all(self.machine.root, chosen, tuple(each.wanted for each in changes.tellings)) == {}
        self.failed = serve.make_all(chosen, tuple(Step(step.do, step.owner) for step in changes.services))
        return changes

    def switch(self, wanted: Release) -> None:
        for file in wanted.files:
            path = self.machine.root / "releases" / wanted.id / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.content)
        files.link(self.machine.root / "current", f"releases/{wanted.id}")
        self.now = wanted

    def digests(self) -> dict[str, str]:
        found = [each.variables for each in self.machine.processes.values() if each.variables]
        return {variables["STATA_FLEET_OWNER"]: variables["STATA_FLEET_SERVER"] for variables in found}


class TakesAll:
    """The way to a server that believes what it is told."""

    def __init__(self, *_: object, **words: object) -> None: ...

    def send_json(self, *_: object) -> Answer:
        return Answer(204, b"", {})


@contextmanager
def real_host(scope: Scope) -> Iterator[RealHost]:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        machine = Machine(Path(folder) / "root", Path(folder) / "units")
        for path in (machine.root, machine.units):
            path.mkdir()
        patch.setattr(systemd, "UNITS", machine.units)
        for module in (systemd, supervisor):
            patch.setattr(module, "run", machine.run)
        patch.setattr(tell, "Way", TakesAll)
        patch.setattr(proc, "uid", lambda _: 1000)
        patch.setattr(proc, "effective_uid", lambda _: os.geteuid())
        for name in ("parents", "environ", "cmdline", "started"):
            patch.setattr(proc, name, getattr(machine, name))
        yield RealHost(machine, scope)


OWNERS = ["alice", "bob", "carol"]


def apart(servers: dict[str, dict[str, object]], tens: int) -> dict[str, dict[str, object]]:
    """No two have the same port."""
    return {owner: {**own, "port": 8000 + tens + OWNERS.index(owner)} for owner, own in servers.items()}


SERVERS = {
    "system": st.builds(apart, st.dictionaries(st.sampled_from(OWNERS), server), st.sampled_from([0, 10])),
    "user": st.dictionaries(st.just("alice"), server),
}


def disturb(data: st.DataObject, machine: Machine) -> set[int]:
    """Things happen to a host; the servers on which somebody works now."""
    for owner in data.draw(st.sets(st.sampled_from(["alice", "bob"]))):
        machine.end(owner)
    for owner in data.draw(st.sets(st.sampled_from(["alice", "bob"]))):
        machine.held.pop(owner, None)
    for owner in data.draw(st.sets(st.sampled_from(["", "alice"]), max_size=1)):
        Systemd(machine.root).unlink(owner)
    owners = data.draw(st.sets(st.sampled_from(["alice", "bob", "carol"])))
    for owner in owners:
        machine.work(owner)
    return {machine.pid(owner) for owner in owners} - {0}


@given(st.data())
@settings(deadline=None, max_examples=100)
def test_the_programs_leave_nothing_to_do_and_end_nobodys_work(data: st.DataObject) -> None:
    scope: Scope = data.draw(st.sampled_from(["system", "user"]))
    with real_host(scope) as host:
        host.apply(*host.answers(data.draw(SERVERS[scope])))
        busy = disturb(data, host.machine)
        wanted, answers = host.answers(data.draw(SERVERS[scope]))

        first = host.apply(wanted, answers)

        again = compare(wanted, host.look(answers), answers)
        assert not again, (first, again)
        assert again.waiting == first.waiting
        waiting = {finding.owner for finding in first.waiting}
        as_wanted = {owner: each.digest for owner, each in wanted.servers.items() if owner not in waiting}
        assert as_wanted.items() <= host.digests().items()
        assert host.digests().keys() <= wanted.servers.keys() | waiting
        if scope == "system":
            assert wanted.servers.keys() - waiting <= host.machine.held.keys() <= wanted.servers.keys() | waiting
        at_once = {owner for owner, each in wanted.servers.items() if each.settings.jupyter.restart == "now"}
        ended = busy - host.machine.processes.keys()
        assert len(ended) <= len(at_once)


def test_two_servers_change_their_ports_with_each_other() -> None:
    with real_host("system") as host:
        host.apply(*host.answers({"alice": {"port": 8001}, "bob": {"port": 8002}}))

        host.apply(*host.answers({"alice": {"port": 8002}, "bob": {"port": 8001}}))

        ports = {owner: address.rpartition(":")[2] for owner, address in host.machine.held.items()}
        assert ports == {"alice": "8002", "bob": "8001"}
        assert host.digests().keys() == {"alice", "bob"}


def test_a_server_whose_address_is_taken_keeps_no_other_from_its_own() -> None:
    with real_host("system") as host:
        host.machine.held["mallory"] = "ListenStream=127.0.0.1:8001"

        host.apply(*host.answers({"alice": {"port": 8001}, "bob": {"port": 8002}}))

        assert host.failed.keys() == {"alice"}
        assert host.failed["alice"].startswith("nothing can listen at its address")
        assert host.digests().keys() == {"bob"}
