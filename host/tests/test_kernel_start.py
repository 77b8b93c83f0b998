"""A kernel starts with what is in its environment; only a cell imports what lies beside its notebook."""

from __future__ import annotations

import sys
import time
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING

import pytest
from real_kernel import PythonKernel, StataKernel

if TYPE_CHECKING:
    from pathlib import Path

    from real_kernel import Kernel

OURS = {"python": PythonKernel, "stata": StataKernel}
BY_THEMSELVES = {"python": "ipykernel_launcher", "stata": "stata_kernel"}
ONE = {"python": "1", "stata": "display 1"}
# What is looked for by packages that can do without.
OPTIONAL = {"debugpy", "matplotlib", "numpy", "sitecustomize", "usercustomize", "uvloop"}


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A folder of notebooks in which somebody has put a file for every module that might be imported."""
    folder, mark = tmp_path / "notebooks", tmp_path / "mark"
    folder.mkdir()
    names = {*sys.stdlib_module_names, *packages_distributions(), *OPTIONAL, "ipykernel_launcher", "pexpect"}
    names |= {"stata_kernel", "pandas"}
    for name in names:
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write('{name} ')")
    return folder


@pytest.mark.parametrize("kind", OURS)
def test_what_is_planted_beside_a_notebook_does_not_run(kind: str, planted: Path, tmp_path: Path) -> None:
    kernel: Kernel = OURS[kind](tmp_path)
    kernel.start(planted)
    kernel.info()
    assert kernel.run(ONE[kind]).status == "ok"
    kernel.stop()

    assert not (tmp_path / "mark").exists(), (tmp_path / "mark").read_text()


@pytest.mark.parametrize("kind", OURS)
def test_it_does_run_where_a_kernel_starts_by_itself(kind: str, planted: Path, tmp_path: Path) -> None:
    kernel: Kernel = OURS[kind](tmp_path, ("-m", BY_THEMSELVES[kind]))
    kernel.launch(planted)

    deadline = time.monotonic() + 20
    while not (tmp_path / "mark").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    kernel.manager.shutdown_kernel(now=True)


def test_a_notebook_imports_what_lies_beside_it_after_all_that_is_installed(tmp_path: Path) -> None:
    for name in ("mymodule", "jedi"):
        (tmp_path / f"{name}.py").write_text("import os; where = 'beside'; os.environ['SEEN'] = 'yes'")
    kernel = PythonKernel(tmp_path)
    kernel.start(tmp_path)
    try:
        assert kernel.run("import mymodule; print(mymodule.where)").out == "beside\n"
        assert kernel.run("import jedi; print(hasattr(jedi, 'where'))").out == "False\n"
    finally:
        kernel.stop()


FORKS = """
import multiprocessing
child = multiprocessing.get_context("fork").Process(target=print, args=("from a child", "x" * 300_000))
child.start()
child.join()
"""


def test_what_a_forked_child_prints_arrives_over_the_owners_own_socket(tmp_path: Path) -> None:
    kernel = PythonKernel(tmp_path)
    kernel.start()
    (pipe,) = tmp_path.glob("kernel-1-ipc-6")
    try:
        assert kernel.run(FORKS).out.strip() == "from a child " + "x" * 300_000
    finally:
        kernel.stop()

    assert not pipe.exists()
