"""The operations of a run, in the order in which `converge` calls them; each is one remote command."""

import base64
from collections.abc import Callable, Generator

from pyinfra.api.operation import operation
from statafleet_sent.wire import (
    BuildQuestion,
    Done,
    EnvironmentWanted,
    GateAnswer,
    GateQuestion,
    LeaseWanted,
    Observed,
    RemoveAnswer,
    RemoveQuestion,
    ServeAnswer,
    ServeQuestion,
    SettleQuestion,
    Step,
    SwitchQuestion,
)

from statafleet.changes.kinds import BuildEnvironment, Changes, SwitchRelease
from statafleet.desired.answers import Answers
from statafleet.desired.environments import Environment
from statafleet.desired.release import archive
from statafleet.errors import StataFleetError
from statafleet.run.program import Program
from statafleet.sending import wheels
from statafleet.settings.model.packages import Index


@operation()
def build(
    changes: tuple[BuildEnvironment, ...], answers: Answers, observed: Observed, index: Index, lease: LeaseWanted
) -> Generator[Program[Done], None, None]:
    """Environments, side by side."""

    def question() -> BuildQuestion:
        return BuildQuestion(
            root=answers.layout.root,
            lease=lease,
            uv=wheels.uv(answers.machine, observed.uv_versions),
            uv_settings=wheels.uv_settings(index, observed.has_ca_store),
            ca_bundle=wheels.ca_bundle(index),
            environments=tuple(wanted(change.environment, answers.python) for change in changes),
        )

    yield Program("build", answers.python, question, Done)


def wanted(environment: Environment, python: str) -> EnvironmentWanted:
    return EnvironmentWanted(
        id=environment.id,
        python=python,
        lock=environment.lock,
        wheels=wheels.host_wheel() if environment.carries_host_wheel else {},
        completion=environment.completion,
    )


@operation()
def switch(
    changes: tuple[SwitchRelease, ...],
    answers: Answers,
    lease: LeaseWanted,
    told: Callable[[Done], bool] = lambda _: True,
) -> Generator[Program[Done], None, None]:
    """Upload, unpack, verify, switch. `told` hears when the host has it."""
    for change in changes:

        def question(change: SwitchRelease = change) -> SwitchQuestion:
            content = base64.b64encode(archive(change.release)).decode()
            kept = tuple(file.path for file in change.release.kept.files)
            return SwitchQuestion(answers.layout.root, lease, change.release.id, content, kept)

        yield Program("switch", answers.python, question, Done, told)


@operation()
def serve(
    changes: Changes,
    answers: Answers,
    environment: str,
    lease: LeaseWanted,
    told: Callable[[ServeAnswer], bool] = lambda _: True,
) -> Generator[Program[ServeAnswer], None, None]:
    """Units and servers, whatever the number of servers."""
    question = ServeQuestion(
        root=answers.layout.root,
        lease=lease,
        manager=answers.layout.manager,
        programs=f"{answers.layout.environment(environment)}/bin",
        steps=tuple(Step(step.do, step.owner) for step in changes.services),
        tell=tuple(each.wanted for each in changes.tellings),
    )
    yield Program("serve", answers.python, lambda: question, ServeAnswer, told)


@operation()
def gate(
    question: Callable[[], GateQuestion], python: str, told: Callable[[GateAnswer], bool]
) -> Generator[Program[GateAnswer], None, None]:
    """What the probe of every server sees."""
    yield Program("gate", python, question, GateAnswer, told)


@operation()
def settle(
    question: Callable[[], SettleQuestion], python: str, told: Callable[[Done], bool] = lambda _: True
) -> Generator[Program[Done], None, None]:
    """The verdict for the host's journal. `question` is asked once the gate has run."""
    yield Program("settle", python, question, Done, told)


@operation()
def remove(question: RemoveQuestion, python: str) -> Generator[Program[RemoveAnswer], None, None]:
    def told(answer: RemoveAnswer) -> bool:
        if answer.left:
            raise StataFleetError(f"could not be taken away: {', '.join(answer.left)}")
        return True

    yield Program("remove", python, lambda: question, RemoveAnswer, told)
