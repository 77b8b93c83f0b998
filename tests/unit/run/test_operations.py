"""What each operation sends for the changes that it is given."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from statafleet_sent import wire
from statafleet_sent.wire import (
    Done,
    GateAnswer,
    GateQuestion,
    Observed,
    RemoveAnswer,
    RemoveQuestion,
    ServeAnswer,
    SettleQuestion,
    Step,
    Verb,
)

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.release import archive, release
from statafleet.errors import StataFleetError
from statafleet.run import operations
from statafleet.run.program import Program
from statafleet.sending import wheels
from statafleet.settings.model.packages import Index
from tests.unit.lab import HASH, answers_of, empty, lab
from tests.unit.programs import lease


def first_run() -> tuple[Changes, Answers, Observed]:
    """On a host that has uv already, since a test downloads nothing."""
    host = lab({"alice": {}})
    answers = answers_of(host)
    seen = replace(empty(answers), uv_versions=(f"uv-{wheels.uv_version()}",))
    return compare(release(host, answers), seen, answers), answers, seen


def program(operation: Callable[..., Any], *arguments: Any, **named: Any) -> Program[Any]:
    """The one remote command of an operation."""
    (found,) = operation._inner(*arguments, **named)  # type: ignore[attr-defined]
    assert isinstance(found, Program)
    return found


def asked(operation: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return program(operation, *arguments, **named).question()


def test_environments_are_built_in_one_command() -> None:
    changes, answers, seen = first_run()

    sent = asked(operations.build, changes.environments, answers, seen, Index(), lease())

    server, kernel = sent.environments
    assert (sent.root, sent.lease) == ("/opt/stata-fleet", lease())
    assert (server.id, kernel.id) == tuple(change.environment.id for change in changes.environments)
    assert server.python == kernel.python == "/usr/bin/python3"
    assert "--hash=sha256:" in server.lock
    assert list(server.wheels) == list(wheels.host_wheel())
    assert kernel.wheels == {}
    assert (server.completion, kernel.completion) == ("", "stata_kernel")
    assert (sent.uv.sha256, sent.uv.content) == ("", "")


def test_a_release_is_sent_whole() -> None:
    changes, answers, _ = first_run()
    wanted = changes.releases[0].release

    sent = asked(operations.switch, changes.releases, answers, lease())

    assert (sent.id, sent.lease) == (wanted.id, lease())
    assert base64.b64decode(sent.archive) == archive(wanted)


def test_servers_are_served_in_one_command_in_the_order_of_the_changes() -> None:
    changes, answers, _ = first_run()

    sent = asked(operations.serve, changes, answers, "server-3.11-x", lease())

    assert sent.manager == "systemd"
    assert sent.programs == "/opt/stata-fleet/environments/server-3.11-x/bin"
    verbs: list[Verb] = ["link", "let-go", "listen", "start"]
    link, *others = (Step(verb, "alice") for verb in verbs)
    assert sent.steps == (Step("link"), link, Step("reload"), *others)


def test_the_verdict_is_asked_for_when_the_gate_has_run() -> None:
    verdict: list[bool] = []
    made = program(
        operations.settle, lambda: SettleQuestion("/opt/stata-fleet", lease(), "id", verdict[0]), "/usr/bin/python3"
    )

    verdict.append(True)

    assert made.question() == SettleQuestion("/opt/stata-fleet", lease(), "id", well=True)


def test_what_could_not_be_taken_away_is_named() -> None:
    made = program(operations.remove, RemoveQuestion("/opt/stata-fleet", "system", lease()), "auto")

    assert made.told(RemoveAnswer(left=()))
    with pytest.raises(StataFleetError, match="could not be taken away: /opt/stata-fleet"):
        made.told(RemoveAnswer(left=("/opt/stata-fleet",)))


def test_everything_that_is_sent_can_be_sent() -> None:
    changes, answers, seen = first_run()
    gate = GateQuestion("/opt/stata-fleet", "systemd", "/python", {}, lease())
    settle = SettleQuestion("/opt/stata-fleet", lease(), "id", well=True)

    made = [
        program(operations.build, changes.environments, answers, seen, Index(), lease()),
        program(operations.switch, changes.releases, answers, lease()),
        program(operations.serve, changes, answers, "x", lease()),
        program(operations.gate, lambda: gate, "/usr/bin/python3", lambda _: True),
        program(operations.settle, lambda: settle, "/usr/bin/python3"),
        program(operations.remove, RemoveQuestion("/opt/stata-fleet", "system", lease()), "auto"),
    ]

    questions = [each.question() for each in made]
    assert [wire.parse(type(question), wire.dumped(question)) for question in questions] == questions
    assert [each.name for each in made] == ["build", "switch", "serve", "gate", "settle", "remove"]
    assert [each.kind for each in made] == [Done, Done, ServeAnswer, GateAnswer, Done, RemoveAnswer]
    assert HASH not in repr(made) + repr(questions)
