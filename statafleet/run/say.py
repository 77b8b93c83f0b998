"""The one printer of a run: findings into pyinfra's log, in their words and colours."""

from collections.abc import Iterable

from pyinfra import logger
from pyinfra.api.host import Host

from statafleet.report.finding import Finding, Level
from statafleet.report.words import lines

_RED, _YELLOW, _GREEN = ("red", logger.error), ("yellow", logger.warning), ("green", logger.info)
_STYLES = {
    Level.REFUSED: _RED,
    Level.FAILED: _RED,
    Level.WAITS: _YELLOW,
    Level.WARNING: _YELLOW,
    Level.GOOD: _GREEN,
    Level.CHANGE: (None, logger.info),
    Level.TOLD: (None, logger.info),
}


def say(host: Host, findings: Iterable[Finding]) -> None:
    for finding in findings:
        color, log = _STYLES[finding.level]
        for line in lines(finding):
            host.log_styled(line, fg=color, log_func=log)


def refuse(host: Host, findings: Iterable[Finding]) -> None:
    """Say why; this host takes no further part, the others go on, and the run ends with 1."""
    say(host, findings)
    host.state.fail_hosts({host})  # type: ignore[no-untyped-call]


def fail_at_the_end(host: Host) -> None:
    """The run ends with 1, also a dry one; until then this host is worked on."""
    host.state.failed_hosts.add(host)
