"""The one read of a host.

pyinfra 3.10.0 keeps no facts: each `get_fact` is a remote command, so `converge` calls this one once and hands the
result on.
"""

from pyinfra.api.facts import FactBase
from statafleet_sent.wire import Observed, ObserveQuestion
from typing_extensions import override

from statafleet.observed.state import NotUsable, parse
from statafleet.sending import bootstrap


class Observation(FactBase[Observed | NotUsable]):
    """Call with `_stdin=asked(…)`: the question holds this run's key, which no argument list may."""

    @override
    def command(self, python: str = "auto") -> str:
        return bootstrap.command(python)

    @override
    def process(self, output: list[str]) -> Observed | NotUsable:
        """pyinfra 3.10 ends the whole run at an exception, so there is none, whatever one host sends."""
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


def asked(question: ObserveQuestion) -> list[str]:
    return [Unshown(bootstrap.line("observe", question))]
