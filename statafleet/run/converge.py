"""The road of one host: read once, compare, close the differences in a fixed order, and see that it is well.

pyinfra orders operations by the line that calls them, so every host takes the same road; a host with nothing to do
calls none of them, and its run is one remote command.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pyinfra.api.host import Host
from statafleet_sent.wire import LeaseWanted, RemoveQuestion, ServeAnswer

from statafleet import layout
from statafleet.changes.kinds import Change, found
from statafleet.health import verdict
from statafleet.report.finding import Finding, Kind, well
from statafleet.report.words import line
from statafleet.run import lease, operations
from statafleet.run.alone import led
from statafleet.run.gate import gate, settle
from statafleet.run.observe import observe
from statafleet.run.plan import Plan, plan
from statafleet.run.say import refuse, say

if TYPE_CHECKING:
    from statafleet.settings.model.fleet import HostSettings


def converge(host: Host) -> None:
    """Make this host as its settings say."""
    led(host, _converge)


def verify(host: Host) -> None:
    """Change nothing; see that what is there is well."""
    led(host, _verify)


def remove(host: Host) -> None:
    """Take everything of ours away again."""
    led(host, _remove)


def _converge(host: Host) -> None:
    planned = plan(host)
    if planned is None:
        return
    say(host, (*planned.changes.findings, *planned.changes.waiting))
    standing = verdict.standing(planned.case, datetime.now(UTC))
    # What stands against a host fails it whatever its servers would answer, so they are not asked again.
    if planned.changes or (well(standing) and planned.unproven):
        wanted = lease.wanted(planned.observed, "make it as the settings say")
        wrong = close(host, planned, wanted)
        settle(host, planned, gate(host, planned, wanted, wrong), wanted)
    elif well(standing):
        say(host, (planned.nothing_to_do, *standing))
    else:
        refuse(host, standing)


def _verify(host: Host) -> None:
    planned = plan(host)
    if planned is None:
        return
    if planned.changes:
        say(host, (Finding(Kind.NOT_AS_SETTINGS_SAY), *planned.changes.findings))
    gate(host, planned)


def _remove(host: Host) -> None:
    settings: HostSettings = host.data.stata_fleet
    read = observe(host, settings)
    if read is None:
        return
    wanted = lease.wanted(read[0], "take everything away")
    operations.remove(
        question=RemoveQuestion(layout.root(settings.scope), settings.scope, wanted),
        python=settings.python,
        name="stop the servers and remove all",
    )


def close(host: Host, planned: Plan, wanted: LeaseWanted) -> list[Finding]:
    """One operation, and one remote command, for each kind of change that there is; what went wrong with servers."""
    changes, answers, wrong = planned.changes, planned.answers, list[Finding]()

    def hear(answer: ServeAnswer) -> bool:
        wrong.extend(verdict.served(answer))
        return True

    if changes.environments:
        operations.build(
            changes=changes.environments,
            answers=answers,
            observed=planned.observed,
            index=planned.settings.index,
            lease=wanted,
            name=told(changes.environments),
        )
    if changes.releases:
        operations.switch(
            changes=changes.releases,
            answers=answers,
            lease=wanted,
            told=lambda _: tell_tokens(host, planned),
            name=told(changes.releases),
        )
    if changes.tellings or changes.services:
        operations.serve(
            changes=changes,
            answers=answers,
            environment=planned.desired.environments["server"].id,
            lease=wanted,
            told=hear,
            name=told((*changes.tellings, *changes.services)),
        )
    return wrong


def tell_tokens(host: Host, planned: Plan) -> bool:
    """Once the host has them; nobody else is told, and whoever reads the logs of CI is somebody else."""
    there = planned.answers.layout
    for owner, token in planned.new_tokens.items():
        place = f"{there.runtime(owner)}/jpserver-*.json"
        told = Finding(Kind.TOKEN, owner, place, {"token": token.reveal()})
        kept = Finding(Kind.TOKEN_NOT_SHOWN, owner, f"{there.secrets(owner)}/secret")
        say(host, [kept if in_a_log_of_ci() else told])
    return True


def in_a_log_of_ci() -> bool:
    return bool(os.environ.get("CI")) and not sys.stderr.isatty()


def told(changes: Sequence[Change]) -> str:
    """An operation's name: what a person reads of its changes."""
    return "; ".join(map(line, found(tuple(changes)) or (Finding(Kind.MANAGER_RELOADED),)))
