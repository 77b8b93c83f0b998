"""The gate's question and its answers' meaning. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from cryptography import x509

from statafleet.desired.answers import Answers
from statafleet.desired.release import Release
from statafleet.secrets.secret import Clear
from statafleet.settings.model.fleet import HostSettings, Jupyter
from statafleet.settings.model.jupyter import SOCKET

DAYS = 21
Level = Literal["good", "warning", "bad"]


@dataclass(frozen=True)
class Line:
    level: Level
    text: str


def question(
    desired: Release,
    answers: Answers,
    clear: Mapping[str, Clear],
    without: Iterable[str],
    who: str,
) -> dict[str, Any]:
    """What `statafleet_sent.programs.gate` is asked: one probe a server, but for those that wait for their restart."""
    layout = answers.layout
    owners = [owner for owner in desired.servers if owner not in set(without)]
    return {
        "root": layout.root,
        "manager": layout.manager,
        "python": f"{layout.environment(desired.environments[0].id)}/bin/python",
        "release": desired.id,
        "who": who,
        "probes": {owner: probe(desired, answers, clear, owner) for owner in owners},
    }


def probe(desired: Release, answers: Answers, clear: Mapping[str, Clear], owner: str) -> dict[str, Any]:
    """One server's input to `statafleet_host.probe.checks`."""
    jupyter = desired.servers[owner].settings.jupyter
    return {
        "probe_socket": f"{answers.layout.runtime(owner)}/probe.sock",
        "url": None if jupyter.bind == SOCKET else address(jupyter),
        "socket": answers.layout.socket(owner) if jupyter.bind == SOCKET else None,
        "base_url": jupyter.base_url,
        "listen": [] if jupyter.bind == SOCKET else [netloc(jupyter)],
        "owner_uid": answers.accounts[owner].uid,
        "password": clear.get(owner),
        "kernel": "stata" if answers.stata else None,
        "stata_path": answers.stata or None,
    }


def address(jupyter: Jupyter) -> str:
    """Where the server answers, as a person reads it."""
    if jupyter.bind == SOCKET:
        return "its socket"
    return f"{'https' if jupyter.tls else 'http'}://{netloc(jupyter)}{jupyter.base_url}"


def netloc(jupyter: Jupyter) -> str:
    return f"[{jupyter.bind}]:{jupyter.port}" if ":" in jupyter.bind else f"{jupyter.bind}:{jupyter.port}"


def judged(settings: HostSettings, evidence: Mapping[str, Any], now: datetime) -> list[Line]:
    """A line a server, and one more for whatever is wrong with it."""
    found = []
    for owner, answer in sorted(evidence["servers"].items()):
        jupyter = settings.server(owner).jupyter
        checks = answer["checks"]
        wrong = [check for check in checks if not check["ok"]]
        found += [Line(level(settings, check), line(owner, check)) for check in wrong]
        if not wrong:
            kernel = next((check["saw"] for check in checks if check["name"] == "kernel"), "no Stata kernel")
            found.append(Line("good", f"{owner}: {address(jupyter)} answers; {kernel}"))
        if answer.get("certificate"):
            found += certificate_lines(owner, answer["certificate"], now)
    return found


def certificate_lines(owner: str, pem: str, now: datetime) -> Iterator[Line]:
    """A warning from 21 days before the end on."""
    end = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    left = (end - now).days
    if left < 0:
        yield Line("bad", f"{owner}: the certificate ended on {end:%Y-%m-%d}; renew it")
    elif left < DAYS:
        yield Line("warning", f"{owner}: the certificate ends on {end:%Y-%m-%d}, in {left} days; renew it")


def optional(settings: HostSettings) -> list[str]:
    """A Stata that we found by ourselves and that does not run is a pity; one that was named is a failure."""
    return ["kernel"] if settings.stata.path == "auto" else []


def level(settings: HostSettings, check: Mapping[str, Any]) -> Level:
    return "warning" if check["name"] in optional(settings) else "bad"


def line(owner: str, check: Mapping[str, Any]) -> str:
    only = "Jupyter only: the Stata kernel does not answer" if check["name"] == "kernel" else check["name"]
    return f"{owner}: {only}: {check['saw']}" + (f"; {check['fix']}" if check["fix"] else "")
