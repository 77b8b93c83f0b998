import io
import json

from statafleet.access.connect.board import Board, Events
from statafleet.access.route import Route

ECON1 = Route("econ1", "alice", "127.0.0.1:8888", 20_001)
TEACH = Route("teach.lab.example", "bob", "127.0.0.1:8888", 20_002)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_away_from_a_terminal_each_change_is_a_line() -> None:
    out = io.StringIO()
    board = Board([ECON1.name, TEACH.name], out)

    board.connecting(ECON1)
    board.up(ECON1)
    board.up(ECON1)

    assert out.getvalue() == (
        "alice@econ1            connecting\n"
        "alice@econ1            up          http://127.0.0.1:20001/\n"
    )  # fmt: skip


def test_on_a_terminal_each_server_keeps_its_line() -> None:
    out = Terminal()
    board = Board([ECON1.name, TEACH.name], out)

    board.connecting(ECON1)
    board.connecting(TEACH)
    board.up(ECON1)

    assert out.getvalue().count("\x1b[2F") == 1


def test_what_ssh_asks_is_never_drawn_over() -> None:
    out = Terminal()
    board = Board([ECON1.name], out)

    board.connecting(ECON1)
    board.asking()
    board.up(ECON1)

    assert "F" not in out.getvalue()


def test_an_event_has_four_keys_and_is_told_once() -> None:
    out, err = io.StringIO(), io.StringIO()
    events = Events(out, err)

    events.connecting(ECON1)
    events.up(ECON1)
    for _ in range(2):
        events.down(ECON1, "the line dropped")

    said = {"host": "econ1", "owner": "alice", "url": "http://127.0.0.1:20001/"}
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"event": "up", **said},
        {"event": "down", **said},
    ]
    assert err.getvalue() == "alice@econ1: the line dropped\n"
