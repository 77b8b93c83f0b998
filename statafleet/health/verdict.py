"""The one judge: from what a host showed to whether it is well. Pure."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from statafleet_host.probe.task import Check
from statafleet_sent.wire import Evidence, GateAnswer, Observed, Said, ServeAnswer

from statafleet.report.finding import Finding, Kind, Level
from statafleet.settings.model.fleet import HostSettings

# A certificate's last days, in which every run warns.
DAYS = 21
_UNTOLD: Mapping[Said, Kind] = {
    "secret": Kind.OLD_SECRET_OPENS,
    "certificate": Kind.OLD_CERTIFICATE_SHOWN,
    "nobody": Kind.REMOVED_OWNER_SIGNS_IN,
}
SILENT = Evidence(checks=(Check("probe", ok=False, saw="no answer", fix=""),), certificate="")


@dataclass(frozen=True)
class Case:
    """What is judged: a host's settings, what was seen of it, and the certificates (PEM) that its servers show."""

    settings: HostSettings
    observed: Observed
    certificates: Mapping[str, str]


@dataclass(frozen=True)
class Lasting:
    """What the host keeps of a verdict: the owners that fail alone, and whether the rest is well."""

    well: bool
    failed: tuple[str, ...]


def lasting(reached: Collection[Finding], owners: Collection[str]) -> Lasting:
    """Of a host with the servers of `owners`. Where all of them fail, it is the release that fails."""
    failed = {finding.owner for finding in reached if finding.level == Level.FAILED}
    everybody = bool(failed) and failed >= {*owners}
    return Lasting("" not in failed and not everybody, tuple(sorted(failed - {""})))


def standing(case: Case, now: datetime) -> tuple[Finding, ...]:
    """What can be judged without asking the servers, and so in every run."""
    found = [*missing_stata(case.settings, case.observed)]
    for owner, pem in sorted(case.certificates.items()):
        found += certificate(owner, pem, now)
    return tuple(found)


def judged(case: Case, asked: Collection[str], answer: GateAnswer, now: datetime) -> tuple[Finding, ...]:
    """The whole verdict, once the servers in `asked` have answered."""
    evidence = {owner: answer.servers.get(owner, SILENT) for owner in sorted(asked)}
    found = [finding for owner, each in evidence.items() for finding in server(case.settings, owner, each)]
    shown = {owner: each.certificate for owner, each in evidence.items() if each.certificate}
    return (*found, *standing(Case(case.settings, case.observed, {**case.certificates, **shown}), now))


def server(settings: HostSettings, owner: str, evidence: Evidence) -> Iterator[Finding]:
    """One finding, and one more for whatever is wrong with it."""
    wrong = [check for check in evidence.checks if not check.ok]
    yield from (failed(settings, owner, check) for check in wrong)
    if not wrong:
        kernel = next((check.saw for check in evidence.checks if check.name == "kernel"), "no Stata kernel")
        listening = settings.server(owner).jupyter.listening
        yield Finding(Kind.SERVER_ANSWERS, owner, listening.url or "its socket", {"kernel": kernel})


def failed(settings: HostSettings, owner: str, check: Check) -> Finding:
    """A Stata that we found by ourselves and that does not run is a pity; one that was named is a failure."""
    values = {"check": check.name, "saw": check.saw, "fix": check.fix}
    if check.name != "kernel":
        return Finding(Kind.CHECK_FAILED, owner, values=values)
    return Finding(Kind.FOUND_STATA_FAILS if settings.stata.path == "auto" else Kind.STATA_FAILS, owner, values=values)


def served(answer: ServeAnswer) -> tuple[Finding, ...]:
    """Servers that go on with what should count no more, or that did not come up."""
    untold = (Finding(_UNTOLD[each.said], each.owner, values={"reason": each.reason}) for each in answer.untold)
    shown = {owner: " / ".join(text.splitlines()) for owner, text in sorted(answer.failed.items())}
    return (*untold, *(Finding(Kind.SERVER_FAILED, owner, values={"reason": text}) for owner, text in shown.items()))


def missing_stata(settings: HostSettings, seen: Observed) -> Iterator[Finding]:
    """A Stata that was named and is not there: the host gets Jupyter, and every run fails."""
    if settings.stata.kernel != "none" and settings.stata.path != "auto" and not seen.stata.found:
        yield Finding(Kind.STATA_MISSING, place=settings.stata.path)


def certificate(owner: str, pem: str, now: datetime) -> Iterator[Finding]:
    try:
        end = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    except (ValueError, x509.InvalidVersion):
        yield Finding(Kind.CERTIFICATE_UNREADABLE, owner)
        return
    days, day = (end - now).days, f"{end.astimezone(UTC):%Y-%m-%d}"
    if days < 0:
        yield Finding(Kind.CERTIFICATE_ENDED, owner, values={"end": day})
    elif days < DAYS:
        yield Finding(Kind.CERTIFICATE_ENDS, owner, values={"end": day, "days": days})
