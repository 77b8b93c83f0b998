"""What to do about a host whose key is unknown or another one, said below pyinfra's own error."""

import re
from collections.abc import Iterator
from typing import Any

from pyinfra import logger
from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.context import ctx_state
from typing_extensions import override

# pyinfra 3.10.0 tells them apart by these words alone.
UNKNOWN = re.compile(r"No host key for (\S+) found in known_hosts")
CHANGED = re.compile(r"Host key for (\S+) does not match")
ON_ITS_CONSOLE = "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's own console"


class HostKeys(BaseStateCallback):
    @staticmethod
    @override
    def host_connect_error(state: State, host: Host, error: ConnectError) -> None:
        for line in advice(host.name, str(error)):
            host.log_styled(line, fg="red", log_func=logger.error)


def explain() -> None:
    """From now on; pyinfra 3.10.0 forgets what was registered before `State.init`, which runs after the inventory."""
    state = ctx_state.get()  # type: ignore[no-untyped-call]
    if state is None:
        return
    begin = state.init

    def begin_and_register(*arguments: Any, **named: Any) -> None:
        begin(*arguments, **named)
        state.add_callback_handler(HostKeys())

    state.init = begin_and_register


def advice(name: str, error: str) -> Iterator[str]:
    if found := UNKNOWN.search(error):
        seen = address(found[1])
        yield f"{name}: its key is not in your known_hosts, so nothing was sent to it. Two ways to add the key:"
        yield f"  1. `ssh-keyscan {seen} >> ~/.ssh/known_hosts`, then compare `ssh-keyscan {seen} | ssh-keygen -lf -`"
        yield f"     with {ON_ITS_CONSOLE}"
        yield f"  2. take it from the known_hosts of your IT, or run `ssh {name}` once and compare what it shows"
    elif found := CHANGED.search(error):
        seen = address(found[1])
        yield f"{name}: its key is not the one in your known_hosts, so nothing was sent to it. What to check:"
        yield "  was the host reinstalled, or its name or address given to another machine? Ask who runs it; compare"
        yield f"  `ssh-keyscan {seen} | ssh-keygen -lf -` with {ON_ITS_CONSOLE}"
        yield f"  the same: `ssh-keygen -R '{found[1]}'`, then add the new key; not the same: somebody is in between"


def address(name: str) -> str:
    """As ssh-keyscan takes it: known_hosts writes a port that is not 22 as `[name]:port`."""
    if found := re.fullmatch(r"\[(.+)\]:(\d+)", name):
        return f"-p {found[2]} {found[1]}"
    return name
