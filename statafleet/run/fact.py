"""The one read of a host.

pyinfra 3.10.0 keeps no facts: each `get_fact` is a remote command, so `converge` calls this one once and hands the
result on.
"""

from typing import Any

from pyinfra.api.facts import FactBase
from statafleet_sent.wire import Observed
from typing_extensions import override

from statafleet.observed.state import NotUsable, parse
from statafleet.sending import bootstrap


class HostSnapshot(FactBase[Observed | NotUsable]):
    """Call with `_stdin=question(…)`: what is asked holds this run's key, which no argument list may."""

    @override
    def command(self, python: str = "auto") -> str:
        return bootstrap.command(python)

    @override
    def process(self, output: list[str]) -> Observed | NotUsable:
        try:
            return parse(output)
        except NotUsable as reason:
            return reason


class Unshown(str):
    """pyinfra 3.10 prints a fact's arguments from `-v` on, as their repr."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "(not shown)"


def question(**payload: Any) -> list[str]:
    return [Unshown(bootstrap.line("observe", payload))]
