"""What to do about a host whose key is unknown or another one, said below pyinfra's own error."""

import re
from typing import Any

from pyinfra.api.exceptions import ConnectError
from pyinfra.api.host import Host
from pyinfra.api.state import BaseStateCallback, State
from pyinfra.context import ctx_state
from typing_extensions import override

from statafleet.report.finding import Finding, Kind
from statafleet.run.say import say

# pyinfra 3.10.0 tells them apart by these words alone.
UNKNOWN = re.compile(r"No host key for (\S+) found in known_hosts")
CHANGED = re.compile(r"Host key for (\S+) does not match")


class HostKeys(BaseStateCallback):
    @staticmethod
    @override
    def host_connect_error(state: State, host: Host, error: ConnectError) -> None:
        say(host, advice(host.name, str(error)))


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


def advice(name: str, error: str) -> list[Finding]:
    for kind, pattern in ((Kind.HOST_KEY_UNKNOWN, UNKNOWN), (Kind.HOST_KEY_CHANGED, CHANGED)):
        if found := pattern.search(error):
            values = {"name": name, "known_as": found[1], "address": address(found[1])}
            return [Finding(kind, place=found[1], values=values)]
    return []


def address(name: str) -> str:
    """As ssh-keyscan takes it: known_hosts writes a port that is not 22 as `[name]:port`."""
    if found := re.fullmatch(r"\[(.+)\]:(\d+)", name):
        return f"-p {found[2]} {found[1]}"
    return name
