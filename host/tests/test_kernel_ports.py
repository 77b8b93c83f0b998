"""No kernel of ours opens TCP, and the probe sees it of real kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from real_kernel import PYTHON, PythonKernel, StataKernel
from real_server import NOBODY, Server
from statafleet_host.probe.cell import trial
from statafleet_host.probe.checks import as_probe, bound_only, kernel
from statafleet_host.probe.kernels import ports, processes, tcp_kernels
from statafleet_host.probe.task import Check, Task
from statafleet_host.proc import process_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from real_server import Start

LISTEN = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"
WAIT = ["sh", "-c", "echo; sleep 60", "sh"]
LAUNCH = "from ipykernel.kernelapp import IPKernelApp; IPKernelApp.launch_instance(kernel_class=K)"
OURS = f"import runpy, sys; sys.argv.insert(1, {PYTHON[1]!r}); runpy.run_path({PYTHON[0]!r}, run_name='__main__')"
BY_ITSELF = f"from ipykernel.ipkernel import IPythonKernel as K; {LAUNCH}"
DEBUGGER = f"""
from ipykernel.ipkernel import IPythonKernel
class K(IPythonKernel):
    kernel_info = property(lambda self: super().kernel_info | {{"supported_features": ["debugger"]}})
{LAUNCH}
"""
LISTENS = f"""
{LISTEN}
{OURS}
"""
CHILD_LISTENS = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {LISTEN!r} + "; import time; print(flush=True); time.sleep(60)"],
                         stdout=subprocess.PIPE)
child.stdout.readline()
{OURS}
"""


def add_kernel(server: Server, name: str, code: str) -> None:
    folder = server.folder / ".local" / "share" / "jupyter" / "kernels" / name
    folder.mkdir(parents=True)
    argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": name, "language": "python"}))


def task(server: Server, kernel: str = "python3") -> Task:
    return Task(
        probe_socket=str(server.probe_socket),
        url=server.url,
        listen=(f"127.0.0.1:{server.port}",),
        pid=server.pid,
        owner_uid=os.geteuid(),
        kernel=kernel,
        code="1+1",
    )


def test_a_kernel_of_ours_listens_on_nothing(shared: Server) -> None:
    asked = task(shared)
    with trial(as_probe(asked), "python3", 30) as running:
        mine = processes(process_tree(shared.pid), running.kernel_id)

        assert mine
        assert ports(mine) == set()
        assert bound_only(asked).saw == f"listens on 127.0.0.1:{shared.port}"


def test_what_a_cell_listens_on_is_named_and_is_no_failure(shared: Server) -> None:
    asked = task(shared)
    with trial(as_probe(asked), "python3", 30) as running:
        port = running.run(LISTEN).text.strip()

        assert bound_only(asked) == Check(
            "bound only", ok=True, saw=f"listens on 127.0.0.1:{shared.port}; notebooks listen on 127.0.0.1:{port}"
        )


@pytest.mark.parametrize(
    ("code", "saw"),
    [
        (DEBUGGER, "has a debugger"),
        (BY_ITSELF, "listens on 127.0.0.1:"),
        (LISTENS, "listens on 127.0.0.1:"),
        (CHILD_LISTENS, "listens on 127.0.0.1:"),
    ],
    ids=["a debugger", "ipykernel's own pipe", "a port", "a child's port"],
)
def test_a_kernel_that_opens_tcp_by_itself_fails(server: Server, code: str, saw: str) -> None:
    add_kernel(server, "open", code)

    cell, closed = kernel(task(server, "open"))

    assert cell.ok, cell
    assert saw in closed.saw
    assert not closed.ok


def test_a_kernel_that_talks_over_tcp_is_found(start: Start) -> None:
    server = start({"KernelManager.transport": "tcp"})
    asked = task(server)
    with trial(as_probe(asked), "python3", 30):
        assert "kernels that talk over TCP" in bound_only(asked).saw

    assert "the kernel listens on 127.0.0.1:" in list(kernel(asked))[1].saw


def test_the_stata_kernel_listens_on_nothing(tmp_path: Path) -> None:
    stata = StataKernel(tmp_path)
    stata.start()
    try:
        tree = process_tree(stata.pid)
        assert ports(tree) == set()
        assert tcp_kernels(tree) == []
    finally:
        stata.stop()


DEBUGPY = """
import socket
from . import server
def listen(address):
    server.kept = socket.create_server(("127.0.0.1", 0))
"""
MOCKS = "from unittest.mock import MagicMock\nPyDevdAPI = SuspendedFramesManager = _FramesTracker = MagicMock()\n"


@pytest.fixture
def debugpy(tmp_path: Path) -> str:
    """A folder with what ipykernel takes for debugpy, which listens for an adapter as debugpy does."""
    modules = {"debugpy/__init__": DEBUGPY, "debugpy/server/__init__": "", "debugpy/server/api": ""}
    for name in ("__init__", "pydevd_frame_utils", "pydevd_api", "pydevd_suspended_frames"):
        modules[f"_pydevd_bundle/{name}"] = MOCKS
    for name, code in modules.items():
        file = tmp_path / "packages" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)
    return str(tmp_path / "packages")


@pytest.mark.parametrize(("start", "opens"), [(PYTHON, False), (("-m", "ipykernel_launcher"), True)])
def test_no_request_for_a_debugger_opens_tcp(start: tuple[str, ...], opens: bool, debugpy: str, tmp_path: Path) -> None:
    """Even where an operator's packages bring debugpy. The control is ipykernel's own start."""
    kernel = PythonKernel(tmp_path, start, PYTHONPATH=debugpy)
    kernel.start()
    try:
        before = ports([kernel.pid])
        assert ("debugger" in kernel.info()["supported_features"]) is opens

        kernel.ask_for_a_debugger()

        deadline = time.monotonic() + 20
        while opens and ports([kernel.pid]) == before:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert bool(ports([kernel.pid])) is opens
        assert kernel.run("import debugpy; print(debugpy.__name__)").out == "debugpy\n"
    finally:
        kernel.stop()


@pytest.fixture
def claimant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """A process of another account that claims a file of root's for its connection file."""
    file = tmp_path_factory.mktemp("root") / "kernel-1.json"
    file.write_text(json.dumps({"shell_port": 1, "transport": "tcp"}))
    file.chmod(0o600)
    account = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen([*WAIT, "-f", str(file)], stdout=subprocess.PIPE, cwd="/", **account) as started:
        assert started.stdout
        started.stdout.readline()
        yield started
        started.kill()


def test_a_file_that_a_process_names_is_not_asked(claimant: subprocess.Popen[bytes]) -> None:
    assert tcp_kernels([claimant.pid]) == []
