"""The one judge: what a host showed, and what comes of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from statafleet_host.probe.task import Check
from statafleet_sent.wire import Console, Evidence, GateAnswer, Observed

from statafleet.health.verdict import Case, Lasting, judged, lasting, standing
from statafleet.report.finding import Finding, Kind, Level, well
from statafleet.report.words import line
from tests.unit.certificate import certificate, strange
from tests.unit.lab import CONSOLE, answers_of, empty, lab

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TLS = {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}
GOOD = Check("kernel", ok=True, saw="display 1+1 gives 2 in 1.4 s", fix="")
API = Check("api", ok=True, saw="Jupyter server 2", fix="")


def case(own: dict[str, Any] | None = None, stata: dict[str, Any] | None = None, **seen: Any) -> Case:
    """alice's server on a host that is seen as it should be, apart from `seen`."""
    settings = lab({"alice": own or {}}, stata=stata or {})
    observed = empty(answers_of(settings))
    return Case(settings, Observed(**{**vars(observed), **seen}), {})


def told(findings: tuple[Finding, ...]) -> list[tuple[Level, str]]:
    return [(finding.level, line(finding)) for finding in findings]


def verdict(*checks: Check, of: Case | None = None, shows: str = "") -> list[tuple[Level, str]]:
    answer = GateAnswer({"alice": Evidence(checks, shows)})
    return told(judged(of or case(), ["alice"], answer, NOW))


def test_a_server_that_is_well_is_one_line() -> None:
    said = "alice: http://127.0.0.1:8888/ answers; display 1+1 gives 2 in 1.4 s"

    assert verdict(API, GOOD) == [(Level.GOOD, said)]


def test_a_server_without_stata_is_well_without_a_kernel() -> None:
    assert verdict(API) == [(Level.GOOD, "alice: http://127.0.0.1:8888/ answers; no Stata kernel")]


@pytest.mark.parametrize(
    ("own", "address"),
    [
        ({"bind": "::1"}, "http://[::1]:8888/"),
        (TLS, "https://192.0.2.1:8888/"),
        ({"bind": "socket"}, "its socket"),
    ],
)
def test_an_address_is_what_a_person_can_open(own: dict[str, Any], address: str) -> None:
    assert verdict(API, of=case(own)) == [(Level.GOOD, f"alice: {address} answers; no Stata kernel")]


def test_each_check_that_failed_is_a_finding_with_its_mending() -> None:
    bound = Check("bound only", ok=False, saw="listens on 0.0.0.0:8888", fix="restart the server")
    strangers = Check("refuses strangers", ok=False, saw="HTTP 200", fix="")

    assert verdict(API, bound, strangers, GOOD) == [
        (Level.FAILED, "alice: bound only: listens on 0.0.0.0:8888; restart the server"),
        (Level.FAILED, "alice: refuses strangers: HTTP 200"),
    ]


def test_a_server_that_was_asked_and_did_not_answer_is_not_well() -> None:
    found = judged(case(), ["alice"], GateAnswer({}), NOW)

    assert told(found) == [(Level.FAILED, "alice: probe: no answer")]


def test_what_a_host_says_of_a_server_that_nobody_asked_for_is_not_heard() -> None:
    stranger = Evidence((Check("api", ok=False, saw="gotcha", fix=""),), "")

    found = judged(case(), ["alice"], GateAnswer({"alice": Evidence((API,), ""), "mallory": stranger}), NOW)

    assert well(found)
    assert "gotcha" not in str(told(found))


@pytest.mark.parametrize(("path", "level"), [("auto", Level.WARNING), (CONSOLE, Level.FAILED)])
def test_a_dead_stata_fails_the_host_only_where_the_settings_name_it(path: str, level: Level) -> None:
    dead = Check("kernel", ok=False, saw="no licence", fix="")

    assert verdict(API, dead, of=case(stata={"path": path})) == [
        (level, "alice: Jupyter only: the Stata kernel does not answer: no licence")
    ]


def test_a_stata_that_is_named_and_missing_fails_every_run_whether_the_servers_are_asked_or_not() -> None:
    without = missing()

    in_passing = standing(without, NOW)
    asked = judged(without, ["alice"], GateAnswer({"alice": Evidence((API,), "")}), NOW)

    assert told(in_passing) == [
        (
            Level.FAILED,
            "Jupyter only: there is no program at /opt/stata-mp; install Stata there, or correct `stata.path`",
        )
    ]
    assert not well(in_passing)
    assert not well(asked)


def missing() -> Case:
    found = case(stata={"path": "/opt/stata-mp"})
    observed = Observed(**{**vars(found.observed), "stata": Console("/opt/stata-mp", found=False)})
    return Case(found.settings, observed, {})


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (30, []),
        (21.5, []),
        (20.5, [(Level.WARNING, "alice: the certificate ends on 2026-12-13, in 20 days; renew it")]),
        (0.5, [(Level.WARNING, "alice: the certificate ends on 2026-11-23, in 0 days; renew it")]),
        (-0.5, [(Level.FAILED, "alice: the certificate ended on 2026-11-22; renew it")]),
    ],
)
def test_a_certificate_that_ends_is_told_in_time_with_and_without_asking_its_server(
    days: float, said: list[tuple[Level, str]]
) -> None:
    pem = certificate(NOW, days)
    known = case()

    _, *asked = verdict(API, GOOD, shows=pem)
    in_passing = told(standing(Case(known.settings, known.observed, {"alice": pem}), NOW))

    assert asked == said
    assert in_passing == said


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "none",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "\udcff",
        strange(NOW)["a version that there is not"],
    ],
)
def test_a_certificate_that_is_none_fails_its_server_and_not_the_run(pem: str) -> None:
    known = case()

    (found,) = standing(Case(known.settings, known.observed, {"alice": pem}), NOW)

    assert line(found).startswith("alice: what the server shows as its certificate is none")


@pytest.mark.parametrize(
    ("failing", "kept"),
    [
        ([], Lasting(well=True, failed=())),
        (["bob"], Lasting(well=True, failed=("bob",))),
        (["alice", "bob"], Lasting(well=False, failed=("alice", "bob"))),
        ([""], Lasting(well=False, failed=())),
        (["", "bob"], Lasting(well=False, failed=("bob",))),
    ],
)
def test_one_owners_failure_is_his_and_everybodys_is_the_releases(failing: list[str], kept: Lasting) -> None:
    good = [Finding(Kind.SERVER_ANSWERS, owner) for owner in ("alice", "bob") if owner not in failing]
    bad = [Finding(Kind.CHECK_FAILED, owner) for owner in failing]

    assert lasting([*good, *bad], ["alice", "bob"]) == kept


def test_a_host_without_servers_is_well() -> None:
    assert lasting([], []) == Lasting(well=True, failed=())
