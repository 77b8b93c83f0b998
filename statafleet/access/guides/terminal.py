"""For people who want no browser: the kernel of an open notebook, in a terminal.

Kernels talk over unix sockets that only their owner can open, so the console runs on the host, as the owner.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from statafleet.access import ssh
from statafleet.access.route import LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from statafleet.access.route import Route
    from statafleet.access.ssh_config import Known

HEAD = """\
# The kernel of your newest notebook, in a terminal; Ctrl-D leaves it running.
# In Windows' cmd.exe, write double quotes instead of the single ones.
"""


def console(routes: Sequence[Route], known: Mapping[str, Known]) -> str:  # noqa: ARG001 - a guide
    return HEAD + "".join(f"{command(route)}\n" for route in routes)


def command(route: Route) -> str:
    there = on_host(route)
    return there if route.host == LOCAL else shlex.join(["ssh", "-t", *ssh.to_name(route), there])


def on_host(route: Route) -> str:
    """In any shell of the host. Every environment there speaks with every kernel: the newest will do."""
    newest = f"$(ls -td {route.environments}*/bin | head -n 1)"
    return f"JUPYTER_RUNTIME_DIR={route.runtime} {newest}/jupyter-console --existing"
