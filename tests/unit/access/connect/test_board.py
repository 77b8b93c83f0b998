import io
import json

import pytest

from statafleet.access.connect.board import Board, JsonLines
from statafleet.access.connect.events import Event, State
from statafleet.access.route import Route

ECON1 = Route("econ1", "alice", "127.0.0.1:8888", 20_001)
TEACH = Route("teach.lab.example", "bob", "127.0.0.1:8888", 20_002)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_away_from_a_terminal_each_change_is_a_line() -> None:
    out = io.StringIO()
    board = Board([ECON1.name, TEACH.name], out)

    board.tell(Event(ECON1, State.connecting))
    board.tell(Event(ECON1, State.up))
    board.tell(Event(ECON1, State.up))

    assert out.getvalue() == (
        "alice@econ1            connecting\n"
        "alice@econ1            up          http://alice-econ1.localhost:20001/\n"
    )  # fmt: skip


def test_on_a_terminal_each_server_keeps_its_line() -> None:
    out = Terminal()
    board = Board([ECON1.name, TEACH.name], out)

    board.tell(Event(ECON1, State.connecting))
    board.tell(Event(TEACH, State.connecting))
    board.tell(Event(ECON1, State.up))

    assert out.getvalue().count("\x1b[2F") == 1


def test_what_ssh_asks_is_never_drawn_over() -> None:
    out = Terminal()
    board = Board([ECON1.name], out)

    board.tell(Event(ECON1, State.connecting))
    board.asking()
    board.tell(Event(ECON1, State.up))

    assert "F" not in out.getvalue()


def test_an_event_has_four_keys_and_is_told_once() -> None:
    out, err = io.StringIO(), io.StringIO()
    events = JsonLines(out, err)

    events.tell(Event(ECON1, State.connecting))
    events.tell(Event(ECON1, State.up))
    for _ in range(2):
        events.tell(Event(ECON1, State.down, "the line dropped"))

    said = {"host": "econ1", "owner": "alice", "url": "http://alice-econ1.localhost:20001/"}
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {"event": "up", **said},
        {"event": "down", **said},
    ]
    assert err.getvalue() == "alice@econ1: the line dropped\n"


WHY = "Received disconnect: \x1b[2J\x9b1A\nalice@econ1  up\u2028\udc80 ü"
PLAIN = r"Received disconnect: \x1b[2J\x9b1A\nalice@econ1  up\u2028\udc80 "


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_what_a_host_says_moves_no_cursor_and_forges_no_line(encoding: str) -> None:
    shown = io.BytesIO()
    out = io.TextIOWrapper(shown, encoding)

    Board([ECON1.name], out).tell(Event(ECON1, State.error, WHY))
    JsonLines(io.StringIO(), out).tell(Event(ECON1, State.error, WHY))
    out.flush()

    assert [line.partition("Received")[0] for line in shown.getvalue().decode().splitlines()] == [
        "alice@econ1  given up    ",
        "alice@econ1: ",
    ]
    assert shown.getvalue().decode().count(PLAIN) == 2
