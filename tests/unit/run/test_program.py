"""One remote command: what is on its command line, what is not, and what its end means."""

from typing import Any, cast

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine
from statafleet_host.probe.task import Check
from statafleet_sent.wire import Done, Evidence, GateAnswer, SwitchQuestion

from statafleet.errors import StataFleetError
from statafleet.observed.state import LONGEST, NotUsable
from statafleet.run.fact import Observation
from statafleet.run.program import Program
from tests.unit.programs import lease


class Remote:
    """In place of pyinfra's host: answers with these lines, and keeps what it was told and asked."""

    def __init__(self, *stdout: str, done: bool = True, stderr: tuple[str, ...] = ()) -> None:
        lines = [OutputLine("stdout", line) for line in stdout] + [OutputLine("stderr", line) for line in stderr]
        self.answer = done, CommandOutput(lines)
        self.told: list[str] = []
        self.commands: list[str] = []
        self.stdin: list[str] = []
        self.print_output = self.print_input = False

    def run_shell_command(self, command: StringCommand, **arguments: Any) -> tuple[bool, CommandOutput]:
        self.commands += [str(command), command.get_raw_value()]
        self.stdin += arguments["_stdin"]
        return self.answer

    def log_styled(self, line: str, **_: Any) -> None:
        self.told.append(line)


def execute(remote: Remote, program: Program[Any]) -> bool:
    state, host = cast("Any", remote), cast("Any", remote)
    return program.execute(state, host, {})


def secret() -> SwitchQuestion:
    return SwitchQuestion("/opt/stata-fleet", lease(), "id", "hunter2")


GATE = '{"servers": {"alice": {"checks": [{"name": "api", "ok": true, "saw": ""}]}}}'


def test_what_is_sent_is_on_standard_input_and_nowhere_else() -> None:
    remote = Remote("{}")
    program = Program("switch", "auto", secret, Done)

    assert execute(remote, program)

    assert "hunter2" in "".join(remote.stdin)
    assert "hunter2" not in "".join(remote.commands) + repr(program) + str(program) + "".join(remote.told)


NOT_UNDERSTOOD = "the host sent nothing that we understand: "


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        (Remote(done=False, stderr=("the disk is full",)), ["the disk is full"]),
        (Remote("first", "last", done=False), ["first", "last"]),
        (Remote(done=False), ["no answer"]),
        (Remote("Welcome!", "not JSON"), [f"{NOT_UNDERSTOOD}Welcome! / not JSON"]),
        (Remote(GATE[:-1]), [NOT_UNDERSTOOD + GATE[:-1]]),
        (Remote(), [NOT_UNDERSTOOD]),
        (Remote("unusable: Python 3.10 or newer is needed"), ["Python 3.10 or newer is needed"]),
    ],
    ids=["stderr", "stdout", "silence", "no report", "a cut report", "nothing at all", "no Python"],
)
def test_a_program_that_did_not_report_fails_its_host_and_shows_why(remote: Remote, told: list[str]) -> None:
    assert not execute(remote, Program("gate", "auto", secret, GateAnswer))

    assert remote.told == told


@pytest.mark.parametrize(
    "line",
    [
        "{}",
        '{"servers": []}',
        GATE.replace("true", "1"),
        GATE.replace("true", '"true"'),
        GATE.replace('"api"', "null"),
        GATE.replace('"api"', "[" * 100_000 + "]" * 100_000),
        GATE.replace("api", "\udcff" * 9)[:-1],
        '{"servers": {"alice": {"checks": ' + "[" * 100_000,
        GATE.replace("api", "a" * LONGEST),
        "{" * 100_000,
    ],
    ids=lambda line: line[:50].encode("ascii", "replace").decode(),
)
def test_an_answer_of_another_form_fails_its_host_in_one_line_and_never_the_run(line: str) -> None:
    remote = Remote(line)

    assert not execute(remote, Program("gate", "auto", secret, GateAnswer, lambda _: True))

    (told,) = remote.told
    assert told.startswith(NOT_UNDERSTOOD)
    assert len(told) < 400


@pytest.mark.parametrize("verdict", [True, False])
def test_the_verdict_on_what_was_reported_decides(verdict: bool) -> None:
    seen: list[GateAnswer] = []

    def told(answer: GateAnswer) -> bool:
        seen.append(answer)
        return verdict

    assert execute(Remote("Welcome!", GATE, "bye"), Program("gate", "auto", secret, GateAnswer, told)) is verdict
    assert seen == [GateAnswer({"alice": Evidence((Check("api", ok=True, saw=""),))})]


@pytest.mark.parametrize("error", [StataFleetError("no wheel"), NotUsable("no wheel"), FileNotFoundError("no wheel")])
def test_what_cannot_be_packed_fails_its_host_and_not_the_run(error: Exception) -> None:
    def broken() -> SwitchQuestion:
        raise error

    remote = Remote("{}")

    assert not execute(remote, Program("build", "auto", broken, Done))

    assert remote.told == ["no wheel"]
    assert remote.commands == []


def test_a_fault_of_ours_fails_its_host_and_shows_nothing_of_what_was_sent() -> None:
    def broken(_: Done) -> bool:
        raise LookupError("hunter2")

    remote = Remote("{}")

    assert not execute(remote, Program("switch", "auto", secret, Done, broken))

    (told,) = remote.told
    assert told.startswith(f"a fault of stata-fleet: LookupError in {__file__}, line ")
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "lines",
    [["{}"], ["{" * 100_000], ["[" * 100_000], ["\ud800{"], ['{"root": "' + "\udcff" * 20]],
    ids=["{}", "{{{", "[[[", "a surrogate", "bytes"],
)
def test_a_host_that_answers_nonsense_when_it_is_read_is_not_usable(lines: list[str]) -> None:
    assert isinstance(Observation().process(lines), NotUsable)
