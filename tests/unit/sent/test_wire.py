"""What travels between the two ends arrives as it was, or is refused; a host needs the standard library alone."""

import ast
import sys
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from pydantic import TypeAdapter
from statafleet_host.probe.task import Check, Task
from statafleet_sent import wire
from statafleet_sent.wire import (
    BuildQuestion,
    EnvironmentWanted,
    Evidence,
    GateAnswer,
    GateQuestion,
    HandOver,
    RemoveAnswer,
    RemoveQuestion,
    ServeQuestion,
    SettleQuestion,
    Step,
    SwitchQuestion,
    UvWheel,
)

from statafleet.sending import bootstrap
from tests.unit.lab import answers_of, converged, lab, made
from tests.unit.programs import lease, question

TASK = Task("/run/probe.sock", 0, 1000, ("127.0.0.1:8888",), url="http://127.0.0.1:8888/")
QUESTIONS = [
    question("/opt/stata-fleet"),
    BuildQuestion(
        "/r",
        lease(),
        UvWheel("uv-1", "d", "hunter2"),
        "hunter2",
        "",
        (EnvironmentWanted("a", "p", "l", {"w": "c"}, ""),),
    ),
    SwitchQuestion("/r", lease(), "id", "hunter2"),
    ServeQuestion(
        "/r",
        lease(),
        "systemd",
        "/bin",
        (Step("reload"), Step("start", "alice")),
        (HandOver("alice", "secret", "digest", "/run/probe.sock", ("/r/secret",)),),
    ),
    GateQuestion("/r", "supervisor", "/python", {"alice": TASK}, None),
    GateQuestion("/r", "systemd", "/python", {"alice": TASK}, lease()),
    SettleQuestion("/r", lease(), "id", well=True),
    RemoveQuestion("~/r", "user", lease()),
]
ANSWERS = [
    converged(made(), answers_of(lab())),
    GateAnswer({"alice": Evidence((Check("api", ok=True, saw="it answers"),), "PEM")}),
    RemoveAnswer(("/r",)),
    wire.Done(),
]


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: type(asked).__name__)
def test_a_question_arrives_as_it_was_asked(asked: object) -> None:
    assert wire.parse(type(asked), wire.dumped(asked)) == asked


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_an_answer_is_the_same_for_both_ends(answer: object) -> None:
    sent = wire.dumped(answer)

    assert wire.parse(type(answer), sent) == answer
    assert TypeAdapter(type(answer)).validate_json(sent, strict=True) == answer


def test_no_question_shows_what_is_secret_in_it() -> None:
    assert "hunter2" in "".join(map(wire.dumped, QUESTIONS))
    assert "hunter2" not in repr(QUESTIONS)
    assert "'key'" not in repr(QUESTIONS)


@dataclass(frozen=True)
class Odd:
    text: str
    number: int = 0
    share: float = 0
    either: Literal["a", "b"] = "a"
    perhaps: str | None = None
    many: tuple[int, ...] = ()
    named: dict[str, bool] | None = None
    whatever: Any = None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ('{"text": ""}', Odd("")),
        ('{"text": "", "of a newer version": [1]}', Odd("")),
        ('{"text": "", "share": 1, "many": [1, 2]}', Odd("", share=1.0, many=(1, 2))),
        ('{"text": "", "perhaps": "x", "named": {"a": true}}', Odd("", perhaps="x", named={"a": True})),
        ('{"text": "", "whatever": {"a": [null]}}', Odd("", whatever={"a": [None]})),
    ],
)
def test_what_fits_is_read(sent: str, read: Odd) -> None:
    assert wire.parse(Odd, sent) == read


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        '{"text": 1}',
        '{"text": null}',
        '{"text": "", "number": true}',
        '{"text": "", "number": 1.5}',
        '{"text": "", "number": "1"}',
        '{"text": "", "either": "c"}',
        '{"text": "", "either": ["a"]}',
        '{"text": "", "perhaps": 1}',
        '{"text": "", "many": {"0": 1}}',
        '{"text": "", "many": ["1"]}',
        '{"text": "", "named": {"a": 1}}',
        '{"text": ' + "[" * 100_000,
        '{"text": "", "whatever": ' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=lambda sent: sent[:40],
)
def test_what_does_not_fit_is_a_value_error(sent: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever text
        wire.parse(Odd, sent)


@pytest.mark.parametrize("program", ["observe", "build", "switch", "serve", "gate", "settle", "remove"])
def test_a_program_is_sent_with_what_it_imports_and_needs_no_package(program: str) -> None:
    sent = dict(bootstrap.modules(program))

    imported = {name for text in sent.values() for name in imports(text)}
    assert {name for name in imported if name.startswith("statafleet")} <= sent.keys()
    assert {name.partition(".")[0] for name in imported} <= {*sys.stdlib_module_names, *sent}


def imports(text: str) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            found.add(str(node.module))
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def test_to_look_at_a_host_costs_little() -> None:
    """The one command of a run that has nothing to do."""
    assert len(bootstrap.line("observe", question("/opt/stata-fleet"))) < 30_000
