"""Read a host once, and work out all that is to be known of it before anything is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from pyinfra.api.host import Host
from statafleet_sent.wire import Observed

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.kept import as_it_is
from statafleet.desired.release import Release, release
from statafleet.health.shared_names import shared_names
from statafleet.health.verdict import Case
from statafleet.observed import survey
from statafleet.report.finding import Finding, Kind
from statafleet.run.observe import Kept, observe
from statafleet.run.say import fail_at_the_end, refuse, say
from statafleet.secrets import choose
from statafleet.secrets.secret import Clear, KeyPair, SignIn, Token, Unread
from statafleet.settings.model.fleet import HostSettings


@dataclass(frozen=True)
class Plan:
    """What a host is, what it must be, and what to do about it. `refused` are the reasons against single servers."""

    settings: HostSettings
    observed: Observed
    answers: Answers
    desired: Release
    changes: Changes
    new_tokens: Mapping[str, Token]
    refused: tuple[Finding, ...] = ()

    @property
    def unproven(self) -> tuple[str, ...]:
        """The owners whose servers did not pass their last gate: every run asks them again, until they pass."""
        installed, owners = self.observed.installed, tuple(self.desired.servers)
        if self.changes or installed is None or not installed.well:
            return owners
        return tuple(owner for owner in owners if owner in installed.failed)

    @property
    def case(self) -> Case:
        carried = {owner: pair.certificate for owner, pair in self.answers.tls.items()}
        known = self.observed.tls_on_host.items()
        on_host = {owner: pair.pem for owner, pair in known if owner in self.desired.servers}
        return Case(self.settings, self.observed, {**on_host, **carried})

    @property
    def nothing_to_do(self) -> Finding:
        owners = tuple(self.desired.servers) or ("nobody",)
        return Finding(Kind.NOTHING_TO_DO, values={"release": self.desired.id, "owners": owners})


def plan(host: Host) -> Plan | None:
    """None for a host that cannot be worked on; it was refused, with every reason.

    A server that cannot be worked on stays as the host has it; that is said, and the run fails at its end.
    """
    named: HostSettings = host.data.stata_fleet
    read = observe(host, named)
    if read is None:
        return None
    observed, secrets = read
    against_host, refused = tuple(survey.refusals(named, observed)), tuple(survey.owner_refusals(named, observed))
    settings = survey.served(named, refused)
    if against_host or survey.nobody_left(settings, refused, observed):
        refuse(host, (*against_host, *refused))
        return None
    say(host, (*refused, *survey.warnings(settings, observed)))
    if refused:
        fail_at_the_end(host)
    made = planned(host, settings, observed, secrets, refused)
    say(host, shared_names(made.case.certificates))
    return made


def planned(host: Host, settings: HostSettings, observed: Observed, kept: Kept, refused: tuple[Finding, ...]) -> Plan:
    owners = [server.owner for server in settings.servers]
    passwords: Mapping[str, Clear] = host.data.stata_fleet_passwords
    if unread := tuple(sorted(owner for owner in owners if isinstance(passwords.get(owner), Unread))):
        say(host, [Finding(Kind.PASSWORD_NOT_READ, values={"owners": unread})])
    tls: Mapping[str, KeyPair] = {owner: pair for owner, pair in host.data.stata_fleet_tls.items() if owner in owners}
    secrets = {
        server.owner: choose.secret(server.jupyter.password, passwords.get(server.owner), kept[server.owner])
        for server in settings.servers
    }
    answers = survey.answers(settings, observed, secrets, tls)
    desired = release(settings, answers, as_it_is({finding.owner for finding in refused}, observed.installed))
    changes = compare(desired, observed, answers)
    return Plan(settings, observed, answers, desired, changes, new_tokens(secrets, kept), refused)


def new_tokens(secrets: Mapping[str, SignIn], kept: Mapping[str, SignIn | None]) -> dict[str, Token]:
    """Those that the host does not have yet, and that somebody must be told."""
    return {owner: made for owner, made in secrets.items() if isinstance(made, Token) and made != kept[owner]}
