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

from statafleet.remote import bootstrap

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
        arguments: ConnectorArguments = {**connector_arguments}
        arguments["_stdin"] = [bootstrap.line(self.name, self.payload())]
        done, output = run(state, host, bootstrap.command(self.python), **arguments)
        if not done:
            for line in output.stderr_lines or output.stdout_lines or ["no answer"]:
                host.log_styled(line, fg="red", log_func=logger.error)
            return False
        return self.judge(result(output)) if self.judge else True


def run(state: State, host: Host, command: str, **arguments: Unpack[ConnectorArguments]) -> tuple[bool, CommandOutput]:
    return host.run_shell_command(
        StringCommand(command),
        print_output=state.print_output,
        print_input=state.print_input,
        **arguments,
    )


def result(output: CommandOutput) -> Mapping[str, Any]:
    """The program's last line; what a login shell prints before it is passed over."""
    found: Mapping[str, Any] = json.loads(output.stdout_lines[-1])
    return found
