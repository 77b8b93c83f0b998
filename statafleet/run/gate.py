"""The last operation of a run: see that the host is well, and say so."""

import getpass
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pyinfra import logger
from pyinfra.api.host import Host

from statafleet.health import verdict
from statafleet.run import operations
from statafleet.run.observe import Sight

LEVELS = {"good": ("green", logger.info), "warning": ("yellow", logger.warning), "bad": ("red", logger.error)}
NAME = "see that Jupyter and a cell of Stata answer"


def gate(host: Host, sight: Sight, *, note: bool) -> None:
    """`note` writes the result into the host's journal."""
    waiting = [text.partition(":")[0] for text in sight.changes.waiting]
    asked = verdict.question(sight.desired, sight.answers, sight.clear, waiting, getpass.getuser())

    def judge(evidence: Mapping[str, Any]) -> bool:
        lines = verdict.judged(sight.settings, evidence, datetime.now(UTC))
        lines += [verdict.Line("bad", sight.missing_stata)] if sight.missing_stata else []
        for line in lines:
            color, log = LEVELS[line.level]
            host.log_styled(line.text, fg=color, log_func=log)
        return all(line.level != "bad" for line in lines)

    asked |= {"note": note, "optional": verdict.optional(sight.settings)}
    operations.gate(question=asked, answers=sight.answers, judge=judge, name=NAME)
