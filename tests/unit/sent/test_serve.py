"""What the service manager is made to do, where it cannot do all of it."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from statafleet_sent.parts.report import Refused
from statafleet_sent.programs import serve
from statafleet_sent.wire import ServeAnswer, Step

from statafleet.health import verdict
from statafleet.report.words import line

if TYPE_CHECKING:
    from statafleet_sent.managers.manager import Manager


class Failing:
    """A service manager that cannot do one thing for one owner, and keeps what it did."""

    def __init__(self, do: str, owner: str) -> None:
        self.cannot = do, owner
        self.done: list[tuple[str, str]] = []

    def __getattr__(self, do: str) -> Any:
        return lambda owner="": self.act(do, owner)

    def act(self, do: str, owner: str) -> None:
        if (do, owner) == self.cannot:
            raise Refused(f"{owner}: the service did not start:\nhis home\nis gone")
        self.done.append((do, owner))


STEPS = (
    Step("reload"),
    Step("let-go", "alice"),
    Step("restart", "alice"),
    Step("start", "alice"),
    Step("restart", "bob"),
    Step("start", "carol"),
)


@pytest.mark.parametrize("do", ["let_go", "restart", "start"])
def test_a_server_that_does_not_come_up_keeps_no_other_from_it(do: str) -> None:
    manager = Failing(do, "alice")

    failed = serve.make_all(cast("Manager", manager), STEPS)

    assert failed == {"alice": "the service did not start:\nhis home\nis gone"}
    assert [each for each in manager.done if each[1] != "alice"] == [
        ("reload", ""),
        ("restart", "bob"),
        ("start", "carol"),
    ]


def test_what_all_servers_need_ends_the_program() -> None:
    with pytest.raises(Refused):
        serve.make_all(cast("Manager", Failing("reload", "")), STEPS)


def test_it_is_said_in_one_line_and_fails_its_owner() -> None:
    (found,) = verdict.served(ServeAnswer((), {"alice": "the service did not start:\nhis home\nis gone"}))

    assert line(found) == "alice: the service did not start: / his home / is gone"
    assert verdict.lasting([found], ["alice", "bob"]) == verdict.Lasting(well=True, failed=("alice",))
