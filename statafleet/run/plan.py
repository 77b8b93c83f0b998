"""Read a host once, and work out all that is to be known of it before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra.api.host import Host
from statafleet_sent.wire import Observed

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, release
from statafleet.health.shared_names import shared_names
from statafleet.health.verdict import Case
from statafleet.observed import survey
from statafleet.report.finding import Finding, Kind
from statafleet.run.observe import observe
from statafleet.run.say import refuse, say
from statafleet.secrets import choose
from statafleet.secrets.secret import Clear, KeyPair, SignIn, Token, Unread
from statafleet.settings.model.fleet import HostSettings


@dataclass(frozen=True)
class Plan:
    """What a host is, what it must be, and what to do about it."""

    settings: HostSettings
    observed: Observed
    answers: Answers
    desired: Release
    changes: Changes
    new_tokens: Mapping[str, Token]

    @property
    def well(self) -> bool:
        """Whether the host passed its last gate; one that failed is asked again by every run, until it passes."""
        return self.observed.installed is not None and self.observed.installed.well

    @property
    def case(self) -> Case:
        carried = {owner: pair.certificate for owner, pair in self.answers.tls.items()}
        return Case(self.settings, self.observed, {**self.observed.tls_on_host, **carried})

    @property
    def nothing_to_do(self) -> Finding:
        owners = tuple(self.desired.servers) or ("nobody",)
        return Finding(Kind.NOTHING_TO_DO, values={"release": self.desired.id, "owners": owners})


def plan(host: Host) -> Plan | None:
    """None for a host that cannot be worked on; it was refused, with every reason."""
    settings: HostSettings = host.data.stata_fleet
    read = observe(host, settings)
    if read is None:
        return None
    observed, kept = read
    if found := tuple(survey.refusals(settings, observed)):
        refuse(host, found)
        return None
    say(host, survey.warnings(settings, observed))
    passwords: Mapping[str, Clear] = host.data.stata_fleet_passwords
    if unread := tuple(sorted(owner for owner, password in passwords.items() if isinstance(password, Unread))):
        say(host, [Finding(Kind.PASSWORD_NOT_READ, values={"owners": unread})])
    tls: Mapping[str, KeyPair] = host.data.stata_fleet_tls
    secrets = {
        server.owner: choose.secret(server.jupyter.password, passwords.get(server.owner), kept[server.owner])
        for server in settings.servers
    }
    answers = survey.answers(settings, observed, secrets, tls)
    desired = release(settings, answers)
    changes = compare(desired, observed, answers)
    made = Plan(settings, observed, answers, desired, changes, new_tokens(secrets, kept))
    say(host, shared_names(made.case.certificates))
    return made


def new_tokens(secrets: Mapping[str, SignIn], kept: Mapping[str, SignIn | None]) -> dict[str, Token]:
    """Those that the host does not have yet, and that somebody must be told."""
    return {owner: made for owner, made in secrets.items() if isinstance(made, Token) and made != kept[owner]}
