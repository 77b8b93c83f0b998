"""One remote command: what is on its command line, what is not, and what its end means."""

from collections.abc import Mapping
from typing import Any, cast

import pytest
from pyinfra.api.command import StringCommand
from pyinfra.connectors.util import CommandOutput, OutputLine

from statafleet.errors import StataFleetError
from statafleet.run.program import Program
from statafleet.secrets.secret import Clear


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


def execute(remote: Remote, program: Program) -> bool:
    state, host = cast("Any", remote), cast("Any", remote)
    return program.execute(state, host, {})


def secret() -> dict[str, Any]:
    return {"probes": {"alice": {"password": Clear("hunter2")}}}


def test_what_is_sent_is_on_standard_input_and_nowhere_else() -> None:
    remote = Remote("{}")
    program = Program("switch", "auto", secret)

    assert execute(remote, program)

    assert "hunter2" in "".join(remote.stdin)
    assert "hunter2" not in "".join(remote.commands) + repr(program) + str(program) + "".join(remote.told)


def test_a_program_that_was_not_run_has_packed_nothing() -> None:
    def broken() -> dict[str, Any]:
        raise AssertionError("packed")

    assert Program("switch", "auto", broken).name == "switch"


@pytest.mark.parametrize(
    ("remote", "told"),
    [
        (Remote(done=False, stderr=("the disk is full",)), ["the disk is full"]),
        (Remote("first", "last", done=False), ["first", "last"]),
        (Remote(done=False), ["no answer"]),
        (Remote("Welcome!", "not JSON"), ["Welcome!", "not JSON"]),
        (Remote('{"cut": '), ['{"cut": ']),
        (Remote(), ["no answer"]),
    ],
    ids=["stderr", "stdout", "silence", "no report", "a cut report", "nothing at all"],
)
def test_a_program_that_did_not_report_fails_its_host_and_shows_why(remote: Remote, told: list[str]) -> None:
    assert not execute(remote, Program("gate", "auto", secret, lambda _: True))

    assert remote.told == told


@pytest.mark.parametrize("verdict", [True, False])
def test_the_verdict_on_what_was_reported_decides(verdict: bool) -> None:
    seen: list[Mapping[str, Any]] = []

    def judge(answers: Mapping[str, Any]) -> bool:
        seen.append(answers)
        return verdict

    assert execute(Remote("Welcome!", '{"servers": {}}', "bye"), Program("gate", "auto", secret, judge)) is verdict
    assert seen == [{"servers": {}}]


def test_what_cannot_be_packed_fails_its_host_and_not_the_run() -> None:
    def broken() -> dict[str, Any]:
        raise StataFleetError("uv's wheel cannot be downloaded here")

    remote = Remote("{}")

    assert not execute(remote, Program("build", "auto", broken))

    assert remote.told == ["uv's wheel cannot be downloaded here"]
    assert remote.commands == []
