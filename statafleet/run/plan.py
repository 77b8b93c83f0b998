"""Read a host once, and work out all that is to be known of it before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr
from pyinfra.api.host import Host
from statafleet_sent.wire import Observed

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, release
from statafleet.health.verdict import Case
from statafleet.observed import survey
from statafleet.report.finding import Finding, Kind
from statafleet.run.connection import quicken, snapshot
from statafleet.run.say import refuse, say
from statafleet.secrets import choose
from statafleet.secrets.choose import TOKEN
from statafleet.settings.model.fleet import HostSettings


@dataclass(frozen=True)
class Plan:
    """What a host is, what it must be, and what to do about it."""

    settings: HostSettings
    observed: Observed
    answers: Answers
    desired: Release
    changes: Changes
    clear: Mapping[str, SecretStr]
    new_tokens: Mapping[str, str]

    @property
    def well(self) -> bool:
        """Whether the host passed its last gate; one that failed is asked again by every run, until it passes."""
        return self.observed.installed is not None and self.observed.installed.well

    @property
    def case(self) -> Case:
        carried = {owner: shown for owner, (shown, _) in self.answers.certificates.items()}
        return Case(self.settings, self.observed, {**self.observed.tls_on_host, **carried})

    @property
    def nothing_to_do(self) -> Finding:
        owners = tuple(self.desired.servers) or ("nobody",)
        return Finding(Kind.NOTHING_TO_DO, values={"release": self.desired.id, "owners": owners})


def plan(host: Host) -> Plan | None:
    """None for a host that cannot be worked on; it was refused, with every reason."""
    settings: HostSettings = host.data.stata_fleet
    quicken(host)
    read = snapshot(host, settings)
    if read is None:
        return None
    observed, kept = read
    if found := tuple(survey.refusals(settings, observed)):
        refuse(host, found)
        return None
    say(host, survey.warnings(settings, observed))
    clear: Mapping[str, SecretStr] = host.data.stata_fleet_passwords
    secrets = {
        server.owner: choose.secret(server.jupyter.password, clear.get(server.owner), kept[server.owner])
        for server in settings.servers
    }
    answers = survey.answers(settings, observed, secrets, certificates(host))
    desired = release(settings, answers)
    changes = compare(desired, observed, answers)
    return Plan(settings, observed, answers, desired, changes, clear, new_tokens(secrets, kept))


def certificates(host: Host) -> dict[str, tuple[str, str]]:
    pairs: Mapping[str, tuple[str, SecretStr]] = host.data.stata_fleet_certificates
    return {owner: (shown, key.get_secret_value()) for owner, (shown, key) in pairs.items()}


def new_tokens(secrets: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """Those that the host does not have yet, and that somebody must be told."""
    made = {owner: text for owner, text in secrets.items() if text.startswith(TOKEN) and text != kept[owner]}
    return {owner: text.removeprefix(TOKEN) for owner, text in made.items()}
