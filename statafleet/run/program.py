"""One of our programs, run on a host as one remote command, everything it needs on its standard input."""

from collections.abc import Callable
from typing import Generic, TypeVar, Unpack

from pyinfra.api.arguments import ConnectorArguments
from pyinfra.api.command import PyinfraCommand, StringCommand
from pyinfra.api.host import Host
from pyinfra.api.state import State
from pyinfra.connectors.util import CommandOutput
from typing_extensions import override

from statafleet.errors import StataFleetError
from statafleet.observed.state import answer
from statafleet.run import limits
from statafleet.run.alone import alone, refused
from statafleet.sending import bootstrap

A = TypeVar("A")


class Program(PyinfraCommand, Generic[A]):
    """`question` is made when the command runs, so that `--dry` downloads and packs nothing.

    `told` hears the answer, which is a `kind`, and says whether it is well; it may print for the person.
    """

    def __init__(
        self,
        name: str,
        python: str,
        question: Callable[[], object],
        kind: type[A],
        told: Callable[[A], bool] = lambda _: True,
    ) -> None:
        super().__init__()
        self.name, self.python, self.question, self.kind, self.told = name, python, question, kind, told

    @override
    def __repr__(self) -> str:
        return f"Program({self.name})"

    @override
    def execute(self, state: State, host: Host, connector_arguments: ConnectorArguments) -> bool:
        sent = alone(host, lambda: bootstrap.line(self.name, self.question()))
        if sent is None:
            return False
        arguments: ConnectorArguments = {**connector_arguments}
        arguments["_stdin"] = [sent]
        try:
            with limits.of(self.name) as arguments["_timeout"]:
                done, output = run(state, host, bootstrap.command(self.python), **arguments)
        except TimeoutError:
            return refused(host, limits.told(self.name))
        except StataFleetError as reason:
            return refused(host, str(reason))
        if not done:
            return refused(host, *(output.stderr_lines or output.stdout_lines or ["no answer"]))
        return bool(alone(host, lambda: self.told(answer(self.kind, output.stdout_lines))))


def run(state: State, host: Host, command: str, **arguments: Unpack[ConnectorArguments]) -> tuple[bool, CommandOutput]:
    return host.run_shell_command(
        StringCommand(command),
        print_output=state.print_output,
        print_input=state.print_input,
        **arguments,
    )
