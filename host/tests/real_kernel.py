"""Real kernels, started as ours are.

stata_kernel is installed from our lock once and kept in the user's cache; the stand-in is before it for Stata.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from real_server import HOST

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient

STAND_IN = HOST.parent / "stand_in" / "stata-mp"
START = HOST / "kernels" / "start.py"
PYTHON = (str(START), "ipykernel.ipkernel.IPythonKernel")
LOCK = HOST.parent / "locks" / f"stata_kernel-3.{sys.version_info.minor}.txt"


def kernel_python() -> Path:
    """Its interpreter; builds the environment if this lock has none yet, skips the test if that fails."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stata-fleet"
    if not LOCK.exists():
        pytest.skip(f"no {LOCK.name}")
    environment = cache / f"test-kernel-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    cache.mkdir(parents=True, exist_ok=True)
    with environment.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not environment.exists():
            _build(environment)
    return environment / "bin" / "python"


def _build(environment: Path) -> None:
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if uv is None:
        pytest.skip("no uv")
    new = environment.with_suffix(".new")
    _must([uv, "venv", "--quiet", "--clear", "--relocatable", "--python", sys.executable, str(new)])
    install = [uv, "pip", "install", "--quiet", "--system-certs", "--no-deps", "--require-hashes", "-r", str(LOCK)]
    _must([*install, "--python", str(new / "bin" / "python")])
    new.rename(environment)


def _must(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"the kernel's environment cannot be built: {done.stderr.strip()[-300:]}")


@dataclass
class Said:
    status: str = ""
    out: str = ""
    err: str = ""
    shown: list[dict[str, Any]] = field(default_factory=list)


class Kernel:
    """A running kernel of ours, or another program that is one."""

    def __init__(self, home: Path, argv: list[str], env: dict[str, str]) -> None:
        self.env = env
        folder = home / "kernels" / "tried"
        folder.mkdir(parents=True)
        spec = {"argv": [*argv, "-f", "{connection_file}"], "display_name": "tried", "language": "any"}
        (folder / "kernel.json").write_text(json.dumps(spec))
        self.manager = KernelManager(
            kernel_name="tried",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(home / "kernels")]),
            transport="ipc",
            connection_file=str(home / "kernel-1.json"),
        )

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.process.pid)

    def launch(self, folder: Path | None = None) -> None:
        """In a notebook's folder, without waiting until it answers."""
        output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.manager.start_kernel(env=self.env, cwd=str(folder) if folder else None, **output)

    def start(self, folder: Path | None = None) -> None:
        self.launch(folder)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def restart(self) -> None:
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=60)

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)

    def info(self) -> dict[str, Any]:
        """What it says of itself."""
        return self._reply(self.client.kernel_info())

    def ask_for_a_debugger(self) -> None:
        """As JupyterLab's button does."""
        wanted = {"type": "request", "command": "initialize", "seq": 1, "arguments": {}}
        self.client.control_channel.send(self.client.session.msg("debug_request", wanted))

    def run(self, code: str, interrupt_after: float | None = None) -> Said:
        """What a notebook would show of this cell."""
        request = self.client.execute(code)
        said, started = Said(), time.monotonic()
        while not said.status:
            if interrupt_after and time.monotonic() > started + interrupt_after:
                interrupt_after = self.manager.interrupt_kernel()
            if time.monotonic() > started + 30:
                pytest.fail(f"no end of {code!r}: {said}")
            self._note(said, request)
        return said

    def _note(self, said: Said, request: str) -> None:
        try:
            message = self.client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            return
        content = message["content"]
        if message["parent_header"].get("msg_id") != request:
            return
        if message["msg_type"] == "stream":
            name = "out" if content["name"] == "stdout" else "err"
            setattr(said, name, getattr(said, name) + content["text"])
        elif message["msg_type"] == "display_data":
            said.shown.append(content["data"])
        elif content.get("execution_state") == "idle":
            said.status = str(self._reply(request)["status"])

    def _reply(self, request: str) -> dict[str, Any]:
        while True:
            reply = self.client.get_shell_msg(timeout=20)
            if reply["parent_header"].get("msg_id") == request:
                return dict(reply["content"])


class StataKernel(Kernel):
    """The unmodified stata_kernel."""

    def __init__(self, home: Path, start: tuple[str, ...] = (str(START), "stata_kernel.kernel.StataKernel")) -> None:
        self.stata = home / "stata18" / "stata-mp"
        self.stata.parent.mkdir()
        self.stata.symlink_to(STAND_IN)
        (home / "conf").write_text(
            f"[stata_kernel]\nstata_path = {self.stata}\ncache_directory = {home}/cache\ngraph_format = svg\n"
        )
        more = {
            "TERM": "xterm-256color",
            "STATA_KERNEL_GLOBAL_CONFIG_PATH": str(home / "conf"),
            # stata_kernel asks for its newest version at every start, without a timeout.
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }
        super().__init__(home, [str(kernel_python()), *start], _environment(home) | more)

    def stata_processes(self) -> list[str]:
        commands = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
        return [c.decode() for c in commands if str(self.stata).encode() in c]


class PythonKernel(Kernel):
    def __init__(self, home: Path, start: tuple[str, ...] = PYTHON, **env: str) -> None:
        super().__init__(home, [sys.executable, *start], _environment(home) | env)


def _environment(home: Path) -> dict[str, str]:
    usual = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore"}
    return usual | {"IPYTHONDIR": str(home / "ipython")}
