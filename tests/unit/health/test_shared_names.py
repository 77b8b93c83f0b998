from datetime import UTC, datetime

import pytest

from statafleet.health.shared_names import shared_names
from statafleet.report.finding import Level
from statafleet.report.words import line
from tests.unit.certificate import certificate, strange

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def told(**names: tuple[str, ...]) -> list[str]:
    found = list(shared_names({owner: certificate(NOW, 90, *each) for owner, each in names.items()}))
    assert all(finding.level == Level.WARNING for finding in found)
    return [line(finding) for finding in found]


@pytest.mark.parametrize(
    ("alice", "bob", "shared"),
    [
        (("econ1.lab.example",), ("econ1.lab.example",), "econ1.lab.example"),
        (("alice.lab.example",), ("bob.lab.example", "ALICE.lab.example"), "alice.lab.example"),
        (("alice.lab.example",), ("*.lab.example",), "alice.lab.example"),
        (("192.0.2.7", "a.example"), ("b.example", "192.0.2.7"), "192.0.2.7"),
    ],
    ids=["the same", "one of several", "a wildcard", "an address"],
)
def test_two_servers_for_one_name_are_told_with_what_to_do(
    alice: tuple[str, ...], bob: tuple[str, ...], shared: str
) -> None:
    pair = {"alice": certificate(NOW, 90, *alice), "bob": certificate(NOW, 90, *bob)}

    assert shared in [finding.place for finding in shared_names(pair)]


def test_the_owners_are_told_once_however_many_names_they_share() -> None:
    (said,) = told(alice=("a.example", "b.example"), bob=("a.example", "b.example"), carol=("c.example",))

    assert said == (
        "alice, bob have certificates for one name, a.example, so a browser sends each server the cookies of the "
        "others; give each a DNS name and a certificate of its own"
    )


@pytest.mark.parametrize(
    ("alice", "bob"),
    [
        (("alice.lab.example",), ("bob.lab.example",)),
        (("*.alice.example",), ("alice.example",)),
        (("deep.alice.lab.example",), ("*.lab.example",)),
        ((), ()),
    ],
    ids=["each its own", "beside a wildcard", "below a wildcard", "no names at all"],
)
def test_a_name_of_its_own_for_each_is_no_warning(alice: tuple[str, ...], bob: tuple[str, ...]) -> None:
    assert told(alice=alice, bob=bob) == []


def test_what_is_no_certificate_has_no_name() -> None:
    assert list(shared_names({"alice": "", "bob": "no certificate"})) == []


@pytest.mark.parametrize("what", strange(NOW))
def test_a_certificate_made_to_break_the_reader_has_no_name(what: str) -> None:
    assert list(shared_names({"alice": strange(NOW)[what], "bob": certificate(NOW, 90, "a.example")})) == []
