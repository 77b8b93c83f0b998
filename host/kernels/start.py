"""Starts a kernel: `python start.py MODULE.CLASS -f CONNECTION_FILE`. A release has it.

Jupyter starts a kernel in its notebook's folder, which others may be able to write to. `python -m` would look there
first; a file's own folder, which is first here, is root's.

ipykernel 7.4: `IOPubThread` listens on TCP for what forked children print; a kernel has a debugger, which opens more
ports, where debugpy can be imported while it starts.
"""

from __future__ import annotations

import os
import sys

del sys.path[0]
# What else is in the environment decides nothing: afterwards a notebook may import it.
sys.modules["debugpy"] = None  # type: ignore[assignment]

from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import zmq  # noqa: E402
from ipykernel import kernelapp  # noqa: E402
from ipykernel.iostream import IOPubThread  # noqa: E402
from ipykernel.ipkernel import IPythonKernel  # noqa: E402
from traitlets.utils.importstring import import_item  # noqa: E402
from zmq.eventloop.zmqstream import ZMQStream  # noqa: E402


class Printer(IOPubThread):
    """Its forked children reach it where the kernel's own channels are: on a socket that its owner alone can open."""

    _pipe_address = ""

    def _setup_pipe_in(self) -> None:
        channel = self.socket.getsockopt_string(zmq.LAST_ENDPOINT)
        if not channel.startswith("ipc:"):
            super()._setup_pipe_in()
            return
        # Jupyter numbers the channels from 1 to 5.
        self._pipe_address = channel.rpartition("-")[0] + "-6"
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self._pipe_address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[Any, Any]:
        if not self._pipe_address:
            return tuple(super()._setup_pipe_out())
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = 3000
        pipe.connect(self._pipe_address)
        return context, pipe

    def stop(self) -> None:
        super().stop()
        if self._pipe_address and self._is_master_process():
            Path(self._pipe_address.removeprefix("ipc://")).unlink(missing_ok=True)


def main() -> None:
    kernelapp.IOPubThread = Printer  # type: ignore[attr-defined]
    kernel = import_item(sys.argv.pop(1))
    app = kernelapp.IPKernelApp.instance(kernel_class=kernel, ignore_cwd=True)
    app.initialize()
    del sys.modules["debugpy"]
    if issubclass(kernel, IPythonKernel):
        # A notebook may import what lies beside it, after all that the environment has.
        sys.path.append("")
    app.start()


if __name__ == "__main__":
    main()
