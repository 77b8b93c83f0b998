"""Whatever a host is like: after the changes there is nothing left to do, and nobody's work was ended."""

from dataclasses import replace
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st
from statafleet_sent.wire import Observed, Running, Sessions

from statafleet.changes.compare import NO_SIGN_IN, outdated
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, release
from statafleet.secrets.secret import Hash, Token
from tests.unit.changes.model_host import ModelHost
from tests.unit.lab import (
    CONSOLE,
    HASH,
    OTHER_HASH,
    TOKEN,
    answers_of,
    converged,
    empty,
    installed,
    lab,
    links,
)

Scope = Literal["system", "user"]

server = st.fixed_dictionaries(
    {},
    optional={
        "port": st.integers(8000, 8010),
        "restart": st.sampled_from(["when-idle", "now", "never"]),
        "limits": st.fixed_dictionaries({}, optional={"memory": st.sampled_from(["4G", "8G"])}),
        "directory": st.sampled_from(["~", "~/work", "/data"]),
        "bind": st.sampled_from(["127.0.0.1", "socket"]),
    },
)


@st.composite
def wishes(draw: st.DrawFn, scope: Scope) -> tuple[Release, Answers]:
    owners = ["alice"] if scope == "user" else draw(st.lists(st.sampled_from(["alice", "bob", "carol"]), unique=True))
    host = lab({owner: draw(server) for owner in owners}, scope=scope)
    answers = answers_of(
        host,
        stata=draw(st.sampled_from([CONSOLE, ""])),
        python_version=draw(st.sampled_from(["3.11", "3.12"])),
        secrets={owner: draw(st.sampled_from([Hash(HASH), Hash(OTHER_HASH), Token(TOKEN)])) for owner in owners},
    )
    return release(host, answers), answers


@st.composite
def disturbed(draw: st.DrawFn, kept: Release, answers: Answers) -> Observed:
    """A host that once matched `kept`, and to which things happened since."""
    seen = converged(kept, answers)
    whole = installed(kept)
    there = replace(
        whole,
        damaged=tuple(draw(st.sets(st.sampled_from(sorted(whole.files)), max_size=1))),
        intact=tuple(sorted(set(whole.intact) - draw(st.sets(st.sampled_from(sorted(whole.intact)), max_size=1)))),
    )
    lost = draw(st.sets(st.sampled_from(["", *kept.servers]), max_size=1))
    units = {name: layout for name, layout in seen.unit_links.items() if name not in lost}
    states = {owner: draw(states_of(each, answers)) for owner, each in seen.servers.items()}
    return replace(seen, installed=draw(st.sampled_from([there, whole])), unit_links=units, servers=states)


@st.composite
def states_of(draw: st.DrawFn, healthy: Running, answers: Answers) -> Running:
    if draw(st.booleans()):
        return replace(healthy, pid=0, enabled=False, digest="")
    sessions = Sessions(kernels=draw(st.sampled_from([0, 1])))
    found = replace(
        healthy,
        digest=draw(st.sampled_from([healthy.digest, "older"])),
        sign_in=draw(st.sampled_from([healthy.sign_in, "older", NO_SIGN_IN, ""])),
        certificate=draw(st.sampled_from([healthy.certificate, "older"])),
        sessions=sessions,
    )
    if answers.layout.manager == "supervisor":
        return found
    socket = draw(st.sampled_from([healthy.socket, "", "older"]))
    return replace(found, enabled=draw(st.booleans()), stale=draw(st.booleans()), socket=socket)


class Story:
    """A host, what it must become, and the servers on which somebody works."""

    def __init__(self, host: ModelHost, wanted: Release) -> None:
        self.host, self.wanted = host, wanted
        self.busy = {owner: server.pid for owner, server in host.seen.servers.items() if server.sessions}

    def __repr__(self) -> str:
        """Short, where Hypothesis would print whole locks."""
        seen = self.host.seen
        known = seen.installed and (seen.installed.id, seen.installed.damaged, sorted(seen.installed.intact))
        return f"Story({known}, {seen.servers}, {sorted(seen.unit_links)} -> {self.wanted.id}, {self.wanted.servers})"


@st.composite
def stories(draw: st.DrawFn) -> Story:
    scope: Scope = draw(st.sampled_from(["system", "user"]))
    kept, old = draw(wishes(scope))
    wanted, answers = draw(st.one_of(st.just((kept, old)), wishes(scope)))
    seen = draw(st.one_of(st.just(empty(answers)), disturbed(kept, old)))
    return Story(ModelHost(seen, answers, kept.servers), wanted)


@given(stories())
@settings(deadline=None, max_examples=200)
def test_after_the_changes_there_is_nothing_left_to_do(story: Story) -> None:
    host, wanted = story.host, story.wanted

    first = host.apply(wanted)

    again = host.changes(wanted)
    assert not again, (first.findings, again)
    assert again.waiting == first.waiting


@given(stories())
@settings(deadline=None, max_examples=200)
def test_all_is_as_it_must_be_or_is_said_to_wait(story: Story) -> None:
    host, wanted = story.host, story.wanted

    waiting = {finding.owner for finding in host.apply(wanted).waiting}

    assert host.seen.installed == installed(wanted)
    seen = host.seen.servers
    as_wanted = {owner for owner, each in wanted.servers.items() if not outdated(each, seen[owner])}
    assert as_wanted | waiting >= wanted.servers.keys()
    assert all(each.pid and each.enabled and not each.stale for each in map(seen.__getitem__, wanted.servers))
    assert seen.keys() <= wanted.servers.keys() | waiting
    if host.answers.layout.manager == "systemd":
        assert links(wanted).items() <= host.seen.unit_links.items()


@given(stories())
@settings(deadline=None, max_examples=200)
def test_no_old_secret_counts_after_a_run_whoever_works(story: Story) -> None:
    host, wanted = story.host, story.wanted

    host.apply(wanted)

    as_wanted = {owner: each.sign_in for owner, each in wanted.servers.items()}
    assert {owner: each.sign_in for owner, each in host.seen.servers.items() if each.pid} == {
        **dict.fromkeys(host.seen.servers, NO_SIGN_IN),
        **as_wanted,
    }


@given(stories())
@settings(deadline=None, max_examples=200)
def test_no_run_ends_anybodys_work_unless_the_settings_say_so(story: Story) -> None:
    host, wanted = story.host, story.wanted

    host.apply(wanted)

    at_once = {owner for owner, each in wanted.servers.items() if each.settings.jupyter.restart == "now"}
    kept = {owner: pid for owner, pid in story.busy.items() if owner not in at_once}
    assert {owner: host.seen.servers[owner].pid for owner in kept} == kept
