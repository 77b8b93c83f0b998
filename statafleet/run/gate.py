"""The end of a run: ask every server, reach one verdict, and let the host keep it."""

from collections.abc import Callable, Collection
from datetime import UTC, datetime

from pyinfra.api.host import Host
from statafleet_sent.wire import Done, GateAnswer, LeaseWanted, SettleQuestion

from statafleet.health import verdict
from statafleet.health.question import question
from statafleet.report.finding import Finding, well
from statafleet.run import operations
from statafleet.run.plan import Plan
from statafleet.run.say import say

Verdict = Callable[[], tuple[Finding, ...]]


def gate(host: Host, plan: Plan, lease: LeaseWanted | None = None, known: Collection[Finding] = ()) -> Verdict:
    """The verdict, once the operation has run. Under a lease `settle` comes after it, and fails the host.

    `known` is what the run itself found by then.
    """
    waiting = {finding.owner for finding in plan.changes.waiting}
    asked = [owner for owner in (plan.unproven if lease else plan.desired.servers) if owner not in waiting]
    reached: list[tuple[Finding, ...]] = []

    def judge(answer: GateAnswer) -> bool:
        reached.append((*known, *verdict.judged(plan.case, asked, answer, datetime.now(UTC))))
        say(host, reached[-1])
        return lease is not None or well(reached[-1])

    operations.gate(
        question=lambda: question(plan.desired, plan.answers, asked, lease),
        python=plan.answers.python,
        told=judge,
        name="see that Jupyter and a cell of Stata answer",
    )
    return lambda: reached[-1]


def settle(host: Host, plan: Plan, reached: Verdict, lease: LeaseWanted) -> None:
    """The verdict goes into the host's journal and decides what may be tidied; a bad one fails the host."""

    def made() -> SettleQuestion:
        kept = verdict.lasting(reached(), plan.desired.servers)
        return SettleQuestion(plan.answers.layout.root, lease, plan.desired.id, kept.well, kept.failed)

    def told(_: Done) -> bool:
        say(host, plan.refused)
        return well(reached())

    operations.settle(
        question=made, python=plan.answers.python, told=told, name="note the verdict, and tidy up what nobody needs"
    )
