"""From what a host is to what it must be, case by case."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from statafleet_sent.wire import Description, Observed, Running, Sessions

from statafleet.changes.compare import NO_SIGN_IN, compare, value_differences
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, release
from statafleet.report.finding import Finding
from statafleet.report.words import line
from statafleet.secrets.secret import Hash, KeyPair, Secret
from statafleet.settings.problems.problem import NOT_SHOWN
from tests.unit.lab import HASH, OTHER_HASH, Servers, answers_of, converged, empty, installed, lab, running

ALICE: Servers = {"alice": {"port": 8888}}
BOTH: Servers = {"alice": {"port": 8888}, "bob": {"port": 8889}}
IN_USE = Sessions(kernels=1, others=2)
NOBODY = Sessions()
MOVED = [("let-go", "alice"), ("listen", "alice")]
UNKNOWN = Description(servers={}, environments={}, stata={})


def world(servers: Servers = ALICE, **settings: Any) -> tuple[Release, Observed, Answers]:
    """A release and a host that matches it."""
    host = lab(servers, **settings)
    answers = answers_of(host)
    wanted = release(host, answers)
    return wanted, converged(wanted, answers), answers


def move(before: Servers, after: Servers, sessions: Sessions = NOBODY, **settings: Any) -> Changes:
    """The changes of a host that matches `before`, its servers with `sessions`, towards `after`."""
    _, seen, _ = world(before)
    wanted, _, answers = world(after, **settings)
    busy = {owner: replace(server, sessions=sessions) for owner, server in seen.servers.items()}
    return compare(wanted, replace(seen, servers=busy), answers)


def told(findings: Iterable[Finding]) -> list[str]:
    return [line(finding) for finding in findings]


def steps(changes: Changes) -> list[tuple[str, str]]:
    return [(step.do, step.owner) for step in changes.services]


def test_a_host_that_matches_has_nothing_to_do() -> None:
    changes = compare(*world(BOTH))

    assert not changes
    assert changes == Changes()


def test_a_first_run_does_everything_in_order() -> None:
    wanted, _, answers = world(BOTH)

    changes = compare(wanted, empty(answers), answers)

    first, second, *others = told(changes.findings)
    assert first.startswith("build the server environment server-3.11-")
    assert second.startswith("build the stata_kernel environment stata_kernel-3.11-")
    assert others[0] == "first release, with a server for alice, bob"
    links = [("link", ""), ("link", "alice"), ("link", "bob")]
    free = [("let-go", "alice"), ("let-go", "bob")]
    up = [("listen", "alice"), ("start", "alice"), ("listen", "bob"), ("start", "bob")]
    assert steps(changes) == [*links, ("reload", ""), *free, *up]
    assert changes.waiting == ()


def test_a_new_port_restarts_its_server_alone_and_says_from_what_to_what() -> None:
    changes = move(BOTH, {"alice": {"port": 8890}, "bob": {"port": 8889}})

    assert told(changes.findings) == ["alice: port 8888 → 8890", "alice: restart the server"]
    assert steps(changes) == [("reload", ""), *MOVED, ("restart", "alice")]


def test_two_servers_that_change_ports_both_let_go_before_either_takes_one() -> None:
    changes = move(BOTH, {"alice": {"port": 8889}, "bob": {"port": 8888}})

    free = [("let-go", "alice"), ("let-go", "bob")]
    up = [("listen", "alice"), ("restart", "alice"), ("listen", "bob"), ("restart", "bob")]
    assert steps(changes) == [("reload", ""), *free, *up]


@pytest.mark.parametrize(
    "other", [{"bind": "socket"}, {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}]
)
def test_another_kind_of_address_is_taken_while_the_server_is_stopped(other: dict[str, Any]) -> None:
    changes = move(ALICE, {"alice": {"port": 8888, **other}})

    assert steps(changes) == [("reload", ""), *MOVED, ("restart", "alice")]


def test_a_server_whose_address_stays_is_restarted_under_it() -> None:
    changes = move(ALICE, {"alice": {"port": 8888, "directory": "~/work"}})

    assert steps(changes) == [("reload", ""), ("restart", "alice")]


@pytest.mark.parametrize("held", ["", "another's"])
def test_an_address_that_is_not_held_as_it_must_be_is_taken_once_nobody_works(held: str) -> None:
    wanted, seen, answers = world()
    idle, busy = (running(wanted.servers["alice"], socket=held, sessions=each) for each in (NOBODY, IN_USE))

    now = compare(wanted, replace(seen, servers={"alice": idle}), answers)
    later = compare(wanted, replace(seen, servers={"alice": busy}), answers)

    assert steps(now) == [*MOVED, ("restart", "alice")]
    assert steps(later) == []
    assert told(later.waiting)[0].startswith("alice: runs on older settings: a restart would end 1 kernel")


def test_an_address_that_an_owner_cannot_take_is_said() -> None:
    wanted, seen, answers = world({"alice": {"port": 8888, "restart": "never"}})
    servers = {"alice": running(wanted.servers["alice"], socket="another's")}

    changes = compare(wanted, replace(seen, servers=servers), answers)

    assert not changes
    assert told(changes.waiting) == [
        "alice: its address is not held as the settings say, since `restart: never`; run once with `restart: when-idle`"
    ]


def test_the_address_of_a_server_that_is_stopped_is_taken_without_waiting() -> None:
    wanted, seen, answers = world({"alice": {"port": 8888, "restart": "never"}})

    changes = compare(wanted, replace(seen, servers={"alice": Running(enabled=True)}), answers)

    assert steps(changes) == [*MOVED, ("start", "alice")]


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ({"limits": {"memory": "8G"}}, "alice: limits.memory none → 8G"),
        ({"directory": "~/work"}, "alice: directory ~ → ~/work"),
        ({"interface": "notebook"}, "alice: interface lab → notebook"),
        ({"extra": {"ServerApp": {"x": 1}}}, "alice: extra.ServerApp none → {'x': 1}"),
    ],
)
def test_a_change_is_told_in_the_words_of_the_settings(own: dict[str, Any], text: str) -> None:
    changes = move(ALICE, {"alice": {"port": 8888, **own}})

    assert told(changes.findings)[0] == text


@pytest.mark.parametrize("name", ["http_pwd", "auth_token", "secret_access_key", "api_key", "credentials"])
@pytest.mark.parametrize("before", [{}, {"GatewayClient": {}}], ids=["a new class", "a class that was there"])
def test_what_may_be_a_secret_in_extra_is_not_told(name: str, before: dict[str, Any]) -> None:
    after = {"GatewayClient": {name: "hunter2", "x": 1}}

    found = list(value_differences({"extra": before}, {"extra": after}, "alice"))

    assert NOT_SHOWN in " ".join(told(found))
    assert "hunter2" not in " ".join(told(found))


def test_a_hosts_own_words_are_searched_for_secrets_in_good_time() -> None:
    """Quadratic, these took hours."""
    (found,) = value_differences({"directory": ":" * 1_000_000}, {"directory": "~"}, "alice")

    assert found.values["now"] == "~"


def test_a_change_for_the_kernel_alone_restarts_nobody() -> None:
    changes = move(ALICE, ALICE, IN_USE, stata={"settings": {"graph_format": "png"}})

    assert told(changes.findings) == ["stata.settings.graph_format none → png"]
    assert steps(changes) == [("reload", "")]
    assert changes.waiting == ()


def test_a_new_server_is_linked_and_started_beside_the_others() -> None:
    changes = move(ALICE, BOTH, IN_USE)

    assert told(changes.findings) == ["bob: new server on port 8889", "bob: start the server"]
    up = [("let-go", "bob"), ("listen", "bob"), ("start", "bob")]
    assert steps(changes) == [("link", "bob"), ("reload", ""), *up]


def test_a_server_that_the_settings_no_longer_name_is_stopped() -> None:
    changes = move(BOTH, ALICE)

    assert told(changes.findings) == ["bob: server removed", "bob: stop the server, which the settings no longer name"]
    assert steps(changes) == [("reload", ""), ("stop", "bob"), ("unlink", "bob")]


def test_a_server_that_goes_stays_while_somebody_works_on_it() -> None:
    changes = move(BOTH, ALICE, IN_USE)

    assert steps(changes) == [("reload", "")]
    (text,) = told(changes.waiting)
    assert text.startswith("bob: no longer in the settings; its server stays while it has 1 kernel and 2 terminal")
    assert text.endswith("and nobody signs in")


def test_a_server_left_over_from_a_cut_run_is_stopped_later() -> None:
    wanted, seen, answers = world(ALICE)
    servers = {**seen.servers, "bob": Running(pid=7, enabled=True, digest="old")}

    changes = compare(wanted, replace(seen, servers=servers), answers)

    assert steps(changes) == [("stop", "bob"), ("unlink", "bob")]


def test_a_restart_waits_while_somebody_works() -> None:
    changes = move(ALICE, {"alice": {"port": 8890}}, IN_USE)

    assert steps(changes) == [("reload", "")]
    (text,) = told(changes.waiting)
    assert text.startswith("alice: runs on older settings: a restart would end 1 kernel and 2 terminal")
    assert "`restart: now`" in text


def test_a_restart_that_waited_comes_once_nobody_works() -> None:
    wanted, seen, answers = world()

    changes = compare(wanted, replace(seen, servers={"alice": replace(seen.servers["alice"], digest="older")}), answers)

    assert told(changes.findings) == ["alice: restart the server"]


def test_a_restart_that_may_not_wait_does_not() -> None:
    changes = move(ALICE, {"alice": {"port": 8890, "restart": "now"}}, IN_USE)

    assert ("restart", "alice") in steps(changes)
    assert changes.waiting == ()


@pytest.mark.parametrize("sessions", [NOBODY, IN_USE])
def test_a_restart_that_is_its_owners_is_only_named(sessions: Sessions) -> None:
    changes = move(ALICE, {"alice": {"port": 8890, "restart": "never"}}, sessions)

    assert steps(changes) == [("reload", "")]
    assert told(changes.waiting) == ["alice: runs on older settings, since `restart: never`; its owner restarts it"]


def test_a_file_changed_by_hand_is_named_and_put_back() -> None:
    wanted, seen, answers = world()
    damaged = replace(installed(wanted), damaged=("servers/alice/stata_kernel.conf",))

    changes = compare(wanted, replace(seen, installed=damaged), answers)

    assert told(changes.findings) == ["put back what was changed by hand: servers/alice/stata_kernel.conf"]
    assert steps(changes) == [("reload", "")]


def test_a_release_without_a_manifest_is_put_there_again() -> None:
    wanted, seen, answers = world()
    lost = replace(
        installed(wanted), damaged=("manifest.json",), files={}, description=Description({}, {}, {}), intact=()
    )

    changes = compare(wanted, replace(seen, installed=lost), answers)

    assert len(changes.environments) == 2
    assert changes.releases[0].release is wanted
    assert steps(changes) == [("reload", "")]


def test_an_environment_that_was_damaged_is_repaired_and_the_other_left() -> None:
    wanted, seen, answers = world()
    server, kernel = (environment.id for environment in wanted.environments.values())

    changes = compare(wanted, replace(seen, installed=replace(installed(wanted), intact=(server,))), answers)

    assert told(changes.findings) == [f"repair the stata_kernel environment {kernel}"]


def test_a_new_environment_alone_is_a_new_release() -> None:
    host = lab(ALICE)
    old, new = answers_of(host, python_version="3.11"), answers_of(host, python_version="3.12")

    changes = compare(release(host, new), converged(release(host, old), old), new)

    assert len(changes.environments) == 2
    assert "use the new environments" in told(changes.findings)
    assert ("restart", "alice") in steps(changes)


@pytest.mark.parametrize("owner", ["", "alice"])
def test_a_missing_link_is_made_and_systemd_reads_it(owner: str) -> None:
    wanted, seen, answers = world()
    units = {name: layout for name, layout in seen.unit_links.items() if name != owner}

    changes = compare(wanted, replace(seen, unit_links=units), answers)

    assert steps(changes) == [("link", owner), ("reload", "")]


def test_a_link_that_leads_elsewhere_is_made_anew() -> None:
    wanted, seen, answers = world()

    changes = compare(wanted, replace(seen, unit_links={**seen.unit_links, "alice": "/etc/elsewhere"}), answers)

    assert steps(changes) == [("link", "alice"), ("reload", "")]


def test_units_that_systemd_has_not_read_are_read() -> None:
    wanted, seen, answers = world()
    stale = replace(seen.servers["alice"], stale=True)

    changes = compare(wanted, replace(seen, servers={"alice": stale}), answers)

    assert steps(changes) == [("reload", "")]


def test_a_server_that_was_stopped_by_hand_is_started() -> None:
    wanted, seen, answers = world()
    stopped = replace(seen.servers["alice"], pid=0, digest="")

    changes = compare(wanted, replace(seen, servers={"alice": stopped}), answers)

    assert told(changes.findings) == ["alice: start the server"]


@pytest.mark.parametrize("sessions", [NOBODY, IN_USE])
def test_a_server_that_does_not_start_at_boot_will_and_goes_on_running(sessions: Sessions) -> None:
    wanted, seen, answers = world()
    disabled = replace(seen.servers["alice"], enabled=False, sessions=sessions)

    changes = compare(wanted, replace(seen, servers={"alice": disabled}), answers)

    assert told(changes.findings) == ["alice: start the server at boot too"]
    assert steps(changes) == [("start", "alice")]


def test_a_run_that_broke_off_before_the_restart_is_taken_up_again() -> None:
    old, _, _ = world(ALICE)
    wanted, seen, answers = world({"alice": {"port": 8890}})

    changes = compare(wanted, replace(seen, servers={"alice": running(old.servers["alice"])}), answers)

    assert steps(changes) == [*MOVED, ("restart", "alice")]


def test_a_new_password_is_told_without_a_word_of_it() -> None:
    host = lab(ALICE)
    old, new = answers_of(host), answers_of(host, secrets={"alice": Hash(OTHER_HASH)})

    changes = compare(release(host, new), converged(release(host, old), old), new)

    assert told(changes.findings) == [
        "alice: new password or token",
        "alice: tell the running server, so that the old password or token opens nothing any more",
    ]
    assert steps(changes) == [("reload", "")]
    assert "$2b$" not in repr(changes)


def tellings(changes: Changes) -> list[tuple[str, str, bool]]:
    return [(each.wanted.owner, each.wanted.said, each.wanted.may_restart) for each in changes.tellings]


def with_password(of: Hash, **own: Any) -> tuple[Release, Observed, Answers]:
    host = lab({"alice": {"port": 8888, **own}})
    answers = answers_of(host, secrets={"alice": of})
    return release(host, answers), converged(release(host, answers), answers), answers


@pytest.mark.parametrize("own", [{}, {"restart": "never"}, {"port": 9000}])
def test_a_new_password_counts_at_once_whoever_works_and_whatever_else_waits(own: dict[str, Any]) -> None:
    _, seen, _ = with_password(Hash(HASH))
    busy = replace(seen, servers={"alice": replace(seen.servers["alice"], sessions=IN_USE)})
    wanted, _, answers = with_password(Hash(OTHER_HASH), **own)

    changes = compare(wanted, busy, answers)

    assert tellings(changes) == [("alice", "secret", False)]
    assert ("restart", "alice") not in steps(changes)


def test_a_server_that_nobody_works_on_may_be_restarted_where_it_cannot_be_told() -> None:
    wanted, _, answers = with_password(Hash(OTHER_HASH))
    _, idle, _ = with_password(Hash(HASH))

    assert tellings(compare(wanted, idle, answers)) == [("alice", "secret", True)]


def test_a_server_that_is_restarted_anyway_is_not_told() -> None:
    wanted, _, answers = with_password(Hash(OTHER_HASH), port=9000)
    _, idle, _ = with_password(Hash(HASH))

    changes = compare(wanted, idle, answers)

    assert (tellings(changes), steps(changes)) == ([], [("reload", ""), *MOVED, ("restart", "alice")])


def test_a_run_that_broke_off_before_a_server_was_told_is_taken_up_again() -> None:
    wanted, seen, answers = with_password(Hash(OTHER_HASH))
    _, before, _ = with_password(Hash(HASH))

    changes = compare(wanted, replace(seen, servers=before.servers), answers)

    assert (changes.releases, tellings(changes)) == ((), [("alice", "secret", True)])


def test_nobody_signs_in_to_a_server_that_goes_and_it_is_told_once() -> None:
    _, seen, _ = world(BOTH)
    wanted, _, answers = world(ALICE)
    bob = replace(seen.servers["bob"], sessions=IN_USE)

    first = compare(wanted, replace(seen, servers={**seen.servers, "bob": bob}), answers)
    told_so = {**seen.servers, "bob": replace(bob, sign_in=NO_SIGN_IN)}
    second = compare(wanted, replace(seen, servers=told_so), answers)

    assert tellings(first) == [("bob", "nobody", False)]
    assert (tellings(second), second.waiting) == ([], first.waiting)


def test_an_owner_who_comes_back_may_sign_in_again() -> None:
    wanted, seen, answers = world(ALICE)
    shut = replace(seen.servers["alice"], sign_in=NO_SIGN_IN, sessions=IN_USE)

    assert tellings(compare(wanted, replace(seen, servers={"alice": shut}), answers)) == [("alice", "secret", False)]


ON_HOST = {"bind": "192.0.2.1", "tls": {"certificate": "host:/etc/a.crt", "key": "host:/etc/a.key"}}
CARRIED = {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}


def with_certificate(own: dict[str, Any], name: str) -> tuple[Release, Observed, Answers]:
    host = lab({"alice": own})
    carried = {"alice": KeyPair(name, Secret(f"key of {name}"))}
    answers = answers_of(host, **{"tls": carried} if own is CARRIED else {"tls_digests": {"alice": name}})
    return release(host, answers), converged(release(host, answers), answers), answers


@pytest.mark.parametrize(
    ("own", "files"),
    [
        (ON_HOST, ("/etc/a.crt", "/etc/a.key")),
        (CARRIED, tuple(f"/opt/stata-fleet/current/secrets/alice/tls.{name}" for name in ("crt", "key"))),
    ],
)
def test_a_renewed_certificate_is_given_to_the_running_server(own: dict[str, Any], files: tuple[str, ...]) -> None:
    _, seen, _ = with_certificate(own, "old")
    wanted, _, answers = with_certificate(own, "new")

    changes = compare(wanted, seen, answers)

    assert told(changes.findings) == [
        "alice: new certificate",
        "alice: give the running server its new certificate",
    ]
    assert [each.wanted.files for each in changes.tellings] == [files]


def test_tls_where_there_was_none_needs_a_restart() -> None:
    _, seen, _ = world({"alice": {"bind": "127.0.0.1"}})
    wanted, _, answers = with_certificate(CARRIED, "new")

    changes = compare(wanted, seen, answers)

    assert (tellings(changes), steps(changes)) == ([], [("reload", ""), *MOVED, ("restart", "alice")])


def test_a_file_that_we_write_differently_now_says_so() -> None:
    wanted, seen, answers = world()
    older = replace(installed(wanted), id="0123456789abcdef")

    changes = compare(wanted, replace(seen, installed=older), answers)

    assert told(changes.findings) == ["configuration files as this version of stata-fleet writes them"]


def test_supervisor_is_given_no_units() -> None:
    wanted, _, answers = world(ALICE, scope="user")

    changes = compare(wanted, empty(answers), answers)

    assert steps(changes) == [("reload", ""), ("start", "alice")]


def test_supervisor_reads_a_changed_configuration_before_the_restart() -> None:
    _, seen, _ = world(ALICE, scope="user")
    wanted, _, answers = world({"alice": {"port": 9000}}, scope="user")

    changes = compare(wanted, seen, answers)

    assert steps(changes) == [("reload", ""), ("restart", "alice")]


def test_a_supervisor_that_is_gone_is_started_before_its_server() -> None:
    wanted, seen, answers = world(ALICE, scope="user")

    changes = compare(wanted, replace(seen, servers={}), answers)

    assert steps(changes) == [("reload", ""), ("start", "alice")]
    assert not compare(wanted, seen, answers)
