"""What a host prints is neither obeyed by a terminal nor kept without end."""

import io

import pytest

from statafleet.run import heard


@pytest.mark.parametrize("stream", [io.StringIO, lambda text: io.BytesIO(text.encode())], ids=["ssh", "here"])
def test_nothing_that_a_host_prints_moves_the_cursor_or_forges_a_line(stream: type[io.StringIO]) -> None:
    said = "plain é\r\n\x1b]0;title\x07\n\x1b[2K\r[econ2] Success\n"

    assert list(heard.lines(stream(said))) == [
        "plain é",
        "\\x1b]0;title\\x07",
        "\\x1b[2K\\r[econ2] Success",
    ]


def test_a_host_that_talks_without_end_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heard, "LONGEST", 1000)
    long, short = io.StringIO("a line\n" + "no end of a line" * 1000), io.StringIO("\n" * 1000)

    kept = list(heard.lines(long))

    assert kept[0] == "a line"
    assert sum(map(len, kept)) <= 2000
    assert len(list(heard.lines(short))) < 10
    assert long.read() + short.read() == ""
