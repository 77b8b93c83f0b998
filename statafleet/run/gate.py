"""The last operation of a run: see that the host is well, and say so."""

import getpass
from datetime import UTC, datetime

from pyinfra import logger
from pyinfra.api.host import Host
from statafleet_host.probe.task import Task
from statafleet_sent.wire import GateAnswer, GateQuestion, LeaseWanted, SettleQuestion, plain

from statafleet.health import verdict
from statafleet.run import operations
from statafleet.run.observe import Sight

LEVELS = {"good": ("green", logger.info), "warning": ("yellow", logger.warning), "bad": ("red", logger.error)}
NAME = "see that Jupyter and a cell of Stata answer"


def gate(host: Host, sight: Sight, lease: LeaseWanted | None) -> None:
    """With a lease the verdict goes into the host's journal, and ends the run's work there."""
    answers = sight.answers
    waiting = [text.partition(":")[0] for text in sight.changes.waiting]
    asked = verdict.question(sight.desired, answers, sight.clear, waiting, getpass.getuser())
    probes = {owner: Task(**{**probe, "pid": 0}) for owner, probe in asked["probes"].items()}
    question = GateQuestion(answers.layout.root, answers.layout.manager, asked["python"], probes, lease)
    found: list[bool] = []

    def told(answer: GateAnswer) -> bool:
        lines = verdict.judged(sight.settings, plain(answer), datetime.now(UTC))
        lines += [verdict.Line("bad", sight.missing_stata)] if sight.missing_stata else []
        for line in lines:
            color, log = LEVELS[line.level]
            host.log_styled(line.text, fg=color, log_func=log)
        found.append(all(line.level != "bad" for line in lines))
        return lease is not None or found[0]

    operations.gate(question=question, python=answers.python, told=told, name=NAME)
    if lease:
        operations.settle(
            question=lambda: SettleQuestion(answers.layout.root, lease, sight.desired.id, found[0]),
            python=answers.python,
            told=lambda _: found[0],
            name="note the verdict, and tidy up",
        )
