"""The road of one host: read once, compare, close the differences in a fixed order, and see that it is well.

pyinfra orders operations by the line that calls them, so every host takes the same road; a host with nothing to do
calls none of them, and its run is one remote command.
"""

import getpass
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr
from pyinfra import logger
from pyinfra.api.host import Host

from statafleet import passwords, place, survey
from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.connection import fail, quicken, snapshot, warn
from statafleet.desired.jupyter import TOKEN
from statafleet.desired.release import Release, release
from statafleet.desired.traits import Traits
from statafleet.health import verdict
from statafleet.observed.state import Observed
from statafleet.operations import steps
from statafleet.settings.model import HostSettings

LEVELS = {"good": ("green", logger.info), "warning": ("yellow", logger.warning), "bad": ("red", logger.error)}


@dataclass(frozen=True)
class Sight:
    """Everything that is known of a host once it was read."""

    settings: HostSettings
    observed: Observed
    traits: Traits
    desired: Release
    changes: Changes
    clear: Mapping[str, SecretStr]
    new_tokens: Mapping[str, str]


def converge(host: Host) -> None:
    """Make this host as its settings say."""
    sight = look(host)
    if sight is None:
        return
    say(host, sight)
    changes, traits = sight.changes, sight.traits
    if changes.environments:
        steps.build(
            changes=changes.environments,
            traits=traits,
            tools=sight.observed.tools,
            index=sight.settings.index,
            certificates=sight.observed.certificates,
            name=joined(changes.environments),
        )
    if changes.releases:
        steps.switch(changes=changes.releases, traits=traits, name=joined(changes.releases))
    if changes.services:
        steps.serve(
            steps=changes.services,
            traits=traits,
            environment=sight.desired.environments[0].id,
            name=joined(changes.services),
        )
    if changes or not well(sight.observed):
        gate(host, sight, note=True)
    elif missing := survey.missing_stata(sight.settings, sight.observed):
        fail(host, missing)


def verify(host: Host) -> None:
    """Change nothing; see that what is there is well."""
    sight = look(host)
    if sight is None:
        return
    if sight.changes:
        warn(
            host,
            "not as the settings say, run `pyinfra inventory.py deploy.py`:",
            *sight.changes.texts,
        )
    gate(host, sight, note=False)


def remove(host: Host) -> None:
    """Take everything of ours away again."""
    settings: HostSettings = host.data.stata_fleet
    quicken(host)
    steps.remove(
        root=place.root(settings.scope),
        scope=settings.scope,
        python=settings.python,
        name="stop the servers and remove all",
    )


def look(host: Host) -> Sight | None:
    settings: HostSettings = host.data.stata_fleet
    clear: Mapping[str, SecretStr] = host.data.stata_fleet_passwords
    quicken(host)
    read = snapshot(host, settings)
    if read is None:
        return None
    observed, kept = read
    if found := tuple(survey.reasons(settings, observed)):
        fail(host, *found)
        return None
    warn(host, *survey.warnings(settings, observed))
    secrets = {
        server.owner: passwords.secret(server.jupyter.password, clear.get(server.owner), kept[server.owner])
        for server in settings.servers
    }
    pairs = host.data.stata_fleet_certificates
    certificates = {owner: (shown, key.get_secret_value()) for owner, (shown, key) in pairs.items()}
    traits = survey.traits(settings, observed, secrets, certificates)
    desired = release(settings, traits)
    new = {
        owner: text.removeprefix(TOKEN)
        for owner, text in secrets.items()
        if text.startswith(TOKEN) and text != kept[owner]
    }
    return Sight(settings, observed, traits, desired, compare(desired, observed, traits), clear, new)


def well(observed: Observed) -> bool:
    """A host that failed its gate is asked again by every run, until it passes."""
    return observed.release is not None and observed.release.well


def say(host: Host, sight: Sight) -> None:
    for text in sight.changes.texts:
        host.log(text)
    warn(host, *sight.changes.waiting)
    if not sight.changes and well(sight.observed):
        servers = ", ".join(sight.desired.servers) or "nobody"
        host.log(f"nothing to do: release {sight.desired.id} with servers for {servers}")


def joined(changes: tuple[Any, ...]) -> str:
    return "; ".join(change.text for change in changes if change.text) or "reload the service manager"


def gate(host: Host, sight: Sight, *, note: bool) -> None:
    waiting = [text.partition(":")[0] for text in sight.changes.waiting]
    question = verdict.question(sight.desired, sight.traits, sight.clear, waiting, getpass.getuser())
    missing = survey.missing_stata(sight.settings, sight.observed)

    def judge(answers: Mapping[str, Any]) -> bool:
        lines = verdict.judged(sight.settings, answers, datetime.now(UTC))
        lines += [verdict.Line("bad", missing)] if missing else []
        for line in lines:
            tell(host, line)
        for owner, token in sight.new_tokens.items():
            again = f"{sight.traits.place.runtime(owner)}/jpserver-*.json"
            host.log(f"{owner}: sign in with the token {token} (shown once; {owner} finds it again in {again})")
        return all(line.level != "bad" for line in lines)

    name = "see that Jupyter and a cell of Stata answer"
    steps.gate(question={**question, "note": note}, traits=sight.traits, judge=judge, name=name)


def tell(host: Host, line: verdict.Line) -> None:
    color, log = LEVELS[line.level]
    host.log_styled(line.text, fg=color, log_func=log)
