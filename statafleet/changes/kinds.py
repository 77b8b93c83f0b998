"""The closed set of changes. Each has the reason for it as findings; nothing here is a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass

from statafleet_sent.wire import HandOver, Said, Verb

from statafleet.desired.environments import Environment
from statafleet.desired.release import Release
from statafleet.report.finding import Finding, Kind


@dataclass(frozen=True)
class BuildEnvironment:
    """`repair`: it is in use and no longer as it was built."""

    environment: Environment
    repair: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        kind = Kind.ENVIRONMENT_REPAIRED if self.repair else Kind.ENVIRONMENT_BUILT
        return (Finding(kind, place=self.environment.id, values={"name": self.environment.name}),)


@dataclass(frozen=True)
class SwitchRelease:
    """`findings` say in what the release differs from the one that is switched on."""

    release: Release
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ServiceStep:
    """What the service manager must do; the owner of `reload` and of the template's `link` is empty.

    `runs`: the server runs already, so that starting it is for the next boot.
    """

    do: Verb
    owner: str = ""
    runs: bool = False

    @property
    def findings(self) -> tuple[Finding, ...]:
        if self.do == "start":
            return (Finding(Kind.SERVER_AT_BOOT if self.runs else Kind.SERVER_STARTED, self.owner),)
        kind = {"restart": Kind.SERVER_RESTARTED, "stop": Kind.SERVER_STOPPED}.get(self.do)
        return (Finding(kind, self.owner),) if kind else ()


@dataclass(frozen=True)
class Telling:
    """What a running server is told, so that it counts without a restart."""

    wanted: HandOver

    @property
    def findings(self) -> tuple[Finding, ...]:
        return (Finding(_TOLD[self.wanted.said], self.wanted.owner),)


_TOLD: Mapping[Said, Kind] = {
    "secret": Kind.SECRET_TOLD,
    "certificate": Kind.CERTIFICATE_TOLD,
    "nobody": Kind.SIGN_IN_ENDED,
}

Change = BuildEnvironment | SwitchRelease | Telling | ServiceStep


@dataclass(frozen=True)
class Changes:
    """In the order in which they are made. `waiting` is said and not done."""

    environments: tuple[BuildEnvironment, ...] = ()
    releases: tuple[SwitchRelease, ...] = ()
    tellings: tuple[Telling, ...] = ()
    services: tuple[ServiceStep, ...] = ()
    waiting: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.environments or self.releases or self.tellings or self.services)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return found((*self.environments, *self.releases, *self.tellings, *self.services))


def found(changes: tuple[Change, ...]) -> tuple[Finding, ...]:
    return tuple(finding for change in changes for finding in change.findings)
