"""No kernel of ours opens TCP, and the probe sees it of real kernels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from real_kernel import Kernel
from real_server import NOBODY, Server
from statafleet_host.probe.cell import trial
from statafleet_host.probe.checks import as_probe, bound_only, kernel
from statafleet_host.probe.kernels import pipe, ports, processes, tcp_kernels
from statafleet_host.probe.task import Check, Task
from statafleet_host.proc import listening, process_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from real_server import Start

LISTEN = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"
WAIT = ["sh", "-c", "echo; sleep 60", "sh"]
LAUNCH = "from ipykernel.kernelapp import IPKernelApp; IPKernelApp.launch_instance(kernel_class=K)"
DEBUGGER = f"""
from ipykernel.ipkernel import IPythonKernel
class K(IPythonKernel):
    kernel_info = property(lambda self: super().kernel_info | {{"supported_features": ["debugger"]}})
{LAUNCH}
"""
LISTENS = f"""
{LISTEN}
from ipykernel.ipkernel import IPythonKernel as K
{LAUNCH}
"""
CHILD_LISTENS = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {LISTEN!r} + "; import time; print(flush=True); time.sleep(60)"],
                         stdout=subprocess.PIPE)
child.stdout.readline()
from ipykernel.ipkernel import IPythonKernel as K
{LAUNCH}
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


def test_a_plain_kernel_has_its_pipe_and_no_other_port(shared: Server) -> None:
    asked = task(shared)
    with trial(as_probe(asked), "python3", 30) as running:
        (pid,) = processes(process_tree(shared.pid), running.kernel_id)

        assert len(listening(pid)) == 1
        assert pipe(pid) == listening(pid)
        assert bound_only(asked).saw == f"listens on 127.0.0.1:{shared.port}"


def test_what_a_cell_listens_on_is_named_beside_the_pipe_and_is_no_failure(shared: Server) -> None:
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
        (LISTENS, "listens on 127.0.0.1:"),
        (CHILD_LISTENS, "listens on 127.0.0.1:"),
    ],
    ids=["a debugger", "a port", "a child's port"],
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


def test_the_stata_kernel_has_its_pipe_and_no_other_port(tmp_path: Path) -> None:
    stata = Kernel(tmp_path)
    stata.start()
    try:
        tree = process_tree(stata.manager.provisioner.process.pid)
        assert pipe(tree[0]) == listening(tree[0])
        assert ports(tree) == set()
        assert tcp_kernels(tree) == []
    finally:
        stata.stop()


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
