"""The real stata_kernel, installed from our lock once and kept in the user's cache, before the stand-in for Stata."""

from __future__ import annotations

import fcntl
import hashlib
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
    """A running stata_kernel, in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.stata = home / "stata18" / "stata-mp"
        self.stata.parent.mkdir()
        self.stata.symlink_to(STAND_IN)
        (home / "conf").write_text(
            f"[stata_kernel]\nstata_path = {self.stata}\ncache_directory = {home}/cache\ngraph_format = svg\n"
        )
        self.env = _environment(home)
        specs = KernelSpecManager(kernel_dirs=[str(_install_kernelspec(home, self.env))])
        self.manager = KernelManager(
            kernel_name="stata",
            kernel_spec_manager=specs,
            transport="ipc",
            connection_file=str(home / "kernel-1.json"),
        )

    def start(self) -> None:
        self.manager.start_kernel(env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def restart(self) -> None:
        self.manager.restart_kernel(now=False)
        self.client.wait_for_ready(timeout=60)

    def stop(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=False)

    def stata_processes(self) -> list[str]:
        commands = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
        return [c.decode() for c in commands if str(self.stata).encode() in c]

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
            said.status = self._status(request)

    def _status(self, request: str) -> str:
        while True:
            reply = self.client.get_shell_msg(timeout=20)
            if reply["parent_header"].get("msg_id") == request:
                return str(reply["content"]["status"])


def _environment(home: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "PYTHONWARNINGS": "ignore",
        "STATA_KERNEL_GLOBAL_CONFIG_PATH": str(home / "conf"),
        # stata_kernel asks for its newest version at every start, without a timeout.
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }


def _install_kernelspec(home: Path, env: dict[str, str]) -> Path:
    command = [str(kernel_python()), "-m", "stata_kernel.install", "--prefix", str(home / "prefix"), "--no-conf-file"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    kernels = home / "prefix" / "share" / "jupyter" / "kernels"
    assert (kernels / "stata" / "kernel.json").exists(), done.stderr
    return kernels
