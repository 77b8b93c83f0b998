import io

import pytest

from statafleet.access.connect.board import Board
from statafleet.access.connect.session import connect
from statafleet.access.route import Route
from statafleet.errors import StataFleetError


def test_a_computer_without_ssh_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(StataFleetError, match="no `ssh`"):
        connect([Route("h", "a", "127.0.0.1:1", 20_000)], (), Board(["a@h"], io.StringIO()), open_browser=False)
