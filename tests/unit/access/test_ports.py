from hypothesis import given
from hypothesis import strategies as st

from statafleet.access import ports

NAMES = st.text("abcdefgh.", min_size=1, max_size=12)
SERVERS = st.lists(st.tuples(NAMES, NAMES), unique=True, max_size=300)


@given(SERVERS)
def test_every_server_has_a_port_of_its_own_in_the_range(servers: list[tuple[str, str]]) -> None:
    fixed = ports.fixed(servers)

    assert len(set(fixed.values())) == len(servers)
    assert all(port in ports.RANGE for port in fixed.values())


@given(SERVERS, SERVERS)
def test_servers_added_below_move_no_port_above(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> None:
    added = [server for server in new if server not in old]

    assert ports.fixed([*old, *added]).items() >= ports.fixed(old).items()


def test_a_port_does_not_depend_on_the_rest_of_the_fleet() -> None:
    alone = ports.fixed([("econ1.lab.example", "alice")])

    assert dict(alone) == {("econ1.lab.example", "alice"): 28238}
    assert ports.fixed([("teach", "bob"), ("econ1.lab.example", "alice")]).items() >= alone.items()


def test_host_and_owner_are_not_run_together() -> None:
    fixed = ports.fixed([("ab", "c"), ("a", "bc")])

    assert abs(fixed["ab", "c"] - fixed["a", "bc"]) > 1


def test_after_the_last_port_comes_the_first() -> None:
    assert ports.following(29_999, {29_999}) == 20_000
