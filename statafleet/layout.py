"""Where things lie on a host, in each scope."""

from dataclasses import dataclass

from statafleet_sent.wire import Manager, Scope

SYSTEM_ROOT = "/opt/stata-fleet"
USER_ROOT = "~/.local/share/stata-fleet"
# What starts every kernel, below a release.
KERNEL_START = "kernels/start.py"


@dataclass(frozen=True)
class Layout:
    """The folders of one host, and the name of its service manager. `root` is absolute; the host has resolved `~`."""

    root: str
    scope: Scope
    manager: Manager

    def environment(self, name: str) -> str:
        return f"{self.root}/environments/{name}"

    def public(self, owner: str) -> str:
        """What the owner may read: the kernelspecs and the Stata kernel's settings."""
        return f"{self.root}/current/servers/{owner}"

    def kernel_start(self) -> str:
        return f"{self.root}/current/{KERNEL_START}"

    def secrets(self, owner: str) -> str:
        """What only root may read, or in `scope: user` the account."""
        return f"{self.root}/current/secrets/{owner}"

    def runtime(self, owner: str) -> str:
        """0700: the owner's own sockets and connection files. In `scope: user` there is one owner."""
        return f"{self.state(owner)}/run" if self.scope == "system" else f"{self.root}/run"

    def longest_socket(self, owner: str) -> str:
        """As jupyter_client names a kernel's ipc sockets; the kernel takes no path over 107 characters."""
        return f"{self.runtime(owner)}/kernel-{'0' * 36}-ipc-5"

    def socket(self, owner: str) -> str:
        """Where a server with `bind: socket` listens; in `scope: system` the owner cannot write there."""
        return f"/run/stata-fleet/{owner}.sock" if self.scope == "system" else f"{self.root}/run/jupyter.sock"

    def probe_socket(self, owner: str) -> str:
        """Where root asks and tells a running server."""
        return f"{self.runtime(owner)}/probe.sock"

    def state(self, owner: str) -> str:
        """0700, kept: the count of failed sign-ins, the key of the cookies."""
        return f"/var/lib/stata-fleet/{owner}" if self.scope == "system" else f"{self.root}/state/{owner}"

    def cache(self, owner: str) -> str:
        """0700, may be emptied at any time: byte code and the kernel's graphs."""
        return f"/var/cache/stata-fleet/{owner}" if self.scope == "system" else f"{self.root}/cache/{owner}"


def root(scope: Scope) -> str:
    """The root as the host is asked for it, `~` unresolved."""
    return SYSTEM_ROOT if scope == "system" else USER_ROOT
