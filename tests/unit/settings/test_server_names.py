"""One host name a server, as browsers take it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statafleet.settings.model.names import LOCAL
from statafleet.settings.model.own_name import own_name

OWNERS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.@-]{0,63}", fullmatch=True)
HOSTS = st.from_regex(r"[\w\[:][\w.:%\[\]-]{0,80}", fullmatch=True) | st.just(LOCAL) | st.just("@docker/jupyter")
# Few letters, so that two are nearly the same.
CLOSE = st.tuples(st.text("ab-._A", min_size=1, max_size=4), st.text("ab-._A", min_size=1, max_size=4) | st.just(LOCAL))


@pytest.mark.parametrize(
    ("owner", "host", "name"),
    [
        ("alice", "econ1", "alice-econ1.localhost"),
        ("alice", "econ1.lab.example", "alice-econ1-lab-example.localhost"),
        ("alice", "econ-1.lab.example", "alice-econ--1-lab-example.localhost"),
        ("alice", "192.0.2.7", "alice-192-0-2-7.localhost"),
        ("alice", LOCAL, "alice.localhost"),
    ],
)
def test_a_name_is_read_as_the_owner_and_the_host(owner: str, host: str, name: str) -> None:
    assert own_name(owner, host) == name


@pytest.mark.parametrize(
    ("owner", "host", "begins"),
    [
        ("Alice", "econ1", "alice-econ1-"),
        ("alice.smith", "econ1", "alice-smith-econ1-"),
        ("alice", "[2001:db8::1]", "alice-2001-db8-1-"),
        ("alice", "@docker/jupyter", "alice-docker-jupyter-"),
        ("_", "ü", ""),
        ("alice", "x" * 80, "alice-" + "x" * 48 + "-"),
    ],
)
def test_what_a_label_cannot_say_becomes_a_digest(owner: str, host: str, begins: str) -> None:
    assert re.fullmatch(f"{re.escape(begins)}[0-9a-f]{{8}}[.]localhost", own_name(owner, host))


@given(OWNERS, HOSTS)
def test_every_name_is_one_label_before_localhost(owner: str, host: str) -> None:
    label, _, rest = own_name(owner, host).partition(".")

    assert rest == "localhost"
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label)
    assert label[2:4] != "--", "an internationalised name is written like this"


@given(CLOSE, CLOSE)
def test_two_servers_never_have_the_same_name(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert one == other or own_name(*one) != own_name(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("alice", "a.b"), ("alice", "a-b")),
        (("alice", "x-econ1"), ("alice-x", "econ1")),
        (("alice", "econ1"), ("Alice", "econ1")),
        (("alice", LOCAL), ("alice", "local")),
        (("alice", "x" * 80 + "a"), ("alice", "x" * 80 + "b")),
    ],
)
def test_names_that_look_the_same_are_told_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert own_name(*one) != own_name(*other)
