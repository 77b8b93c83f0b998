"""The road of one host: read once, compare, close the differences in a fixed order, and see that it is well.

pyinfra orders operations by the line that calls them, so every host takes the same road; a host with nothing to do
calls none of them, and its run is one remote command.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pyinfra.api.host import Host

from statafleet import layout
from statafleet.changes.kinds import Change
from statafleet.run import operations
from statafleet.run.connection import fail, quicken, warn
from statafleet.run.gate import gate
from statafleet.run.observe import Sight, look

if TYPE_CHECKING:
    from statafleet.settings.model.fleet import HostSettings


def converge(host: Host) -> None:
    """Make this host as its settings say."""
    sight = look(host)
    if sight is None:
        return
    say(host, sight)
    close(host, sight)
    if sight.changes or not sight.well:
        gate(host, sight, note=True)
    elif sight.missing_stata:
        fail(host, sight.missing_stata)


def verify(host: Host) -> None:
    """Change nothing; see that what is there is well."""
    sight = look(host)
    if sight is None:
        return
    if sight.changes:
        warn(host, "not as the settings say, run `pyinfra inventory.py deploy.py`:", *sight.changes.texts)
    gate(host, sight, note=False)


def remove(host: Host) -> None:
    """Take everything of ours away again."""
    settings: HostSettings = host.data.stata_fleet
    quicken(host)
    operations.remove(
        root=layout.root(settings.scope),
        scope=settings.scope,
        python=settings.python,
        name="stop the servers and remove all",
    )


def say(host: Host, sight: Sight) -> None:
    for text in sight.changes.texts:
        host.log(text)
    warn(host, *sight.changes.waiting)
    if not sight.changes and sight.well:
        servers = ", ".join(sight.desired.servers) or "nobody"
        host.log(f"nothing to do: release {sight.desired.id} with servers for {servers}")


def close(host: Host, sight: Sight) -> None:
    """One operation, and one remote command, for each kind of change that there is."""
    changes, answers = sight.changes, sight.answers
    if changes.environments:
        operations.build(
            changes=changes.environments,
            answers=answers,
            tools=sight.observed.tools,
            index=sight.settings.index,
            certificates=sight.observed.certificates,
            name=joined(changes.environments),
        )
    if changes.releases:

        def tell_tokens(_: Mapping[str, Any]) -> bool:
            for owner, token in sight.new_tokens.items():
                again = f"{answers.layout.runtime(owner)}/jpserver-*.json"
                host.log(
                    f"{owner}: sign in with the token {token.reveal()} (shown once; {owner} finds it again in {again})"
                )
            return True

        operations.switch(changes=changes.releases, answers=answers, told=tell_tokens, name=joined(changes.releases))
    if changes.services:
        environment = sight.desired.environments[0].id
        operations.serve(
            steps=changes.services, answers=answers, environment=environment, name=joined(changes.services)
        )


def joined(changes: Iterable[Change]) -> str:
    return "; ".join(change.text for change in changes if change.text) or "reload the service manager"
