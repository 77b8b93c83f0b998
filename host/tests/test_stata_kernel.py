"""The unmodified stata_kernel holds a conversation with the stand-in as it does with Stata."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from real_kernel import StataKernel

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def kernel() -> Iterator[StataKernel]:
    home = Path(tempfile.mkdtemp(prefix="stata-fleet-"))
    try:
        made = StataKernel(home)
        made.start()
        yield made
        made.stop()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def test_a_sum_is_displayed(kernel: StataKernel) -> None:
    said = kernel.run("display 1+1")

    assert (said.status, said.out, said.err) == ("ok", "2\n", "")


def test_a_local_lives_on_in_the_next_cell(kernel: StataKernel) -> None:
    assert kernel.run("local x 41").out == ""

    assert kernel.run("display `x' + 1").out.strip() == "42"


def test_an_unknown_command_is_error_199(kernel: StataKernel) -> None:
    said = kernel.run("nosuchcommand 1 2")

    assert said.status == "error"
    assert "unrecognized" in said.out
    assert "r(199);" in said.err


def test_what_follows_an_error_in_a_cell_is_not_run(kernel: StataKernel) -> None:
    said = kernel.run("di 1\nnosuchcommand\ndi 2")

    assert said.status == "error"
    assert "2" not in said.out.split()


@pytest.mark.parametrize(
    "code",
    ["sleep 60000", 'di "before"\nsleep 60000\ndi "after"', "while 1 {\n local z 1\n}"],
    ids=["one line", "many lines", "loop"],
)
def test_an_interrupt_ends_the_cell_and_not_stata(kernel: StataKernel, code: str) -> None:
    said = kernel.run(code, interrupt_after=1)

    assert said.status == "error"
    assert "after" not in said.out
    assert kernel.run("display 2*3").out.strip() == "6"


def test_a_graph_is_shown_as_svg(kernel: StataKernel) -> None:
    kernel.run("clear\nset obs 3\ngen y = _n^2\ngen z = _n")

    said = kernel.run("scatter y z")

    assert said.status == "ok"
    assert "image/svg+xml" in said.shown[0]


def test_a_restart_forgets_locals(kernel: StataKernel) -> None:
    kernel.run("local x 41")

    kernel.restart()

    assert kernel.run("display `x'1").out.strip() == "1"


@pytest.mark.parametrize(
    ("code", "out"),
    [
        ('display "displayed1"\n/*\ndisplay "displayed2"\n*/\ndisplay "displayed3"', "\ndisplayed1\n\ndisplayed3\n"),
        ('display "line continuation " /// comment\n    "comment"', "line continuation comment\n"),
        ('#delimit ;\ndisplay "Hello, world!";', "Hello, world!\ndelimiter now ;"),
    ],
    ids=["comment", "continuation", "delimiter"],
)
def test_the_example_notebook_of_stata_kernel_is_equal_to_the_byte(kernel: StataKernel, code: str, out: str) -> None:
    """Its outputs were made by real Stata."""
    said = kernel.run(code)
    kernel.run("#delimit cr")

    assert (said.status, said.out) == ("ok", out)


def test_the_end_of_the_kernel_is_the_end_of_stata(tmp_path: Path) -> None:
    kernel = StataKernel(tmp_path)
    kernel.start()
    assert kernel.stata_processes()

    kernel.stop()

    deadline = time.monotonic() + 10
    while kernel.stata_processes():
        assert time.monotonic() < deadline
        time.sleep(0.1)
