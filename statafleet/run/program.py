"""One of our programs, run on a host as one remote command, everything it needs on its standard input."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Unpack

from pyinfra import logger
from pyinfra.api.arguments import ConnectorArguments
from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from statafleet.errors import StataFleetError
from statafleet.sending import bootstrap

Payload = Callable[[], dict[str, Any]]
Verdict = Callable[[Mapping[str, Any]], bool]


class Program(PyinfraCommand):
    """`payload` is made when the command runs, so that `--dry` downloads and packs nothing.

    `judge` sees what the program reported and says whether it is well; it may print for the person.
    """

    def __init__(self, name: str, python: str, payload: Payload, judge: Verdict | None = None) -> None:
        super().__init__()
        self.name, self.python, self.payload, self.judge = name, python, payload, judge

    @override
    def __repr__(self) -> str:
        return f"Program({self.name})"

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:
        try:
            sent = bootstrap.line(self.name, self.payload())
        except StataFleetError as error:
            return refused(host, str(error))
        arguments: ConnectorArguments = {**connector_arguments}
        arguments["_stdin"] = [sent]
        done, output = run(state, host, bootstrap.command(self.python), **arguments)
        answer = result(output)
        if not done or answer is None:
            return refused(host, *(output.stderr_lines or output.stdout_lines or ["no answer"]))
        return self.judge(answer) if self.judge else True


def refused(host: Host, *lines: str) -> bool:
    """Fails this host alone; pyinfra 3.10 ends the whole run at an exception that it does not know."""
    for line in lines:
        host.log_styled(line, fg="red", log_func=logger.error)
    return False


def run(state: State, host: Host, command: str, **arguments: Unpack[ConnectorArguments]) -> tuple[bool, CommandOutput]:
    return host.run_shell_command(
        StringCommand(command),
        print_output=state.print_output,
        print_input=state.print_input,
        **arguments,
    )


def result(output: CommandOutput) -> Mapping[str, Any] | None:
    """What the program reported in its last line; what a login shell prints is passed over."""
    for line in reversed(output.stdout_lines):
        if line.startswith("{"):
            return decoded(line)
    return None


def decoded(line: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = json.loads(line)
    except ValueError:
        return None
    return found
