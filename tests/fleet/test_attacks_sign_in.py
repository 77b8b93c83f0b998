"""Guessing, and the door that root has."""

import time

import pytest

from .attack import ask
from .fortress import SOCKET, Fortress
from .poll import until

PROBE = "X-Stata-Fleet-Probe=1"
FILES = "/api/contents?content=0"


def restart(fortress: Fortress, owner: str) -> None:
    fortress.fort.run(f"systemctl restart stata-fleet@{owner}")
    until(
        lambda: ask(fortress.fort, "root", f"/var/lib/stata-fleet/{owner}/run/probe.sock", "/api") == "200",
        f"{owner}'s is up",
    )


def test_guesses_are_held_up_over_a_restart_and_the_owner_goes_on_working(fortress: Fortress) -> None:
    host = fortress.fort
    with fortress.visit("bob") as bob, fortress.visit("bob") as guesser:
        assert fortress.sign_in(bob, "bob") == 302
        try:
            answers = [guesser.sign_in(f"guess {number}") for number in range(6)]
            assert [answer.status_code for answer in answers] == [401] * 5 + [429]
            assert 1 <= int(answers[-1].headers["Retry-After"]) <= 2
            assert bob.may_read()

            # So that what is kept is still in force once the server is back.
            host.run(
                'sed -i \'s/"failures": [0-9]*/"failures": 14/; s/"until": [0-9]*/"until": 9999999999/\' '
                "/var/lib/stata-fleet/bob/sign-in.json"
            )
            restart(fortress, "bob")

            kept = guesser.sign_in(fortress.password)
            assert kept.status_code == 429
            assert 600 < int(kept.headers["Retry-After"]) <= 900
            assert bob.may_read()
            assert fortress.project.cli("verify", "--limit", "fort").returncode == 0
        finally:
            host.run("rm -f /var/lib/stata-fleet/bob/sign-in.json")
            restart(fortress, "bob")
        assert fortress.sign_in(guesser, "bob") == 302


@pytest.mark.parametrize("owner", ["alice", "bob", "carol"])
def test_the_cookie_is_strict_and_ends_after_a_day(fortress: Fortress, owner: str) -> None:
    with fortress.visit(owner) as visitor:
        word = fortress.secret(fortress.fort, "carol") if owner == "carol" else fortress.password
        cookies = visitor.sign_in(word).raw.headers.getlist("Set-Cookie")
        (cookie,) = [cookie for cookie in cookies if cookie.startswith("username-")]

        assert "samesite=strict" in cookie.lower()
        assert "httponly" in cookie.lower()
        assert ("secure" in cookie.lower()) == (owner == "carol")
        (held,) = [each for each in visitor.session.cookies if each.name.startswith("username-")]
        hours = ((held.expires or 0) - time.time()) / 3600
        assert 23 <= hours <= 25


def test_root_alone_may_probe_and_only_over_the_probe_socket(fortress: Fortress) -> None:
    host, socket = fortress.fort, "/var/lib/stata-fleet/alice/run/probe.sock"

    assert ask(host, "root", socket, FILES, PROBE) == "200"
    assert ask(host, "root", socket, FILES) == "403"
    assert ask(host, "alice", socket, FILES, PROBE) == "403"
    assert ask(host, "mallory", socket, FILES, PROBE) == "EACCES"


@pytest.mark.parametrize("place", [SOCKET, "127.0.0.1:8889"])
def test_root_has_no_pass_where_a_proxy_of_roots_would_lend_it_to_all(fortress: Fortress, place: str) -> None:
    assert ask(fortress.fort, "root", place, FILES, PROBE) == "403"
