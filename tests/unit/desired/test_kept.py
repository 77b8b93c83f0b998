"""A server that cannot be worked on stays as it is, while its neighbours change."""

from dataclasses import replace
from typing import Any

import pytest
from statafleet_sent.wire import Installed, Observed

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.kept import as_it_is, owner
from statafleet.desired.release import Release, release
from statafleet.observed import survey
from statafleet.report.finding import Finding, Kind
from statafleet.settings.model.fleet import HostSettings
from tests.unit.lab import answers_of, converged, installed, lab

BOTH = {"alice": {"port": 8888}, "bob": {"port": 8889}}
AGAINST_BOB = [Finding(Kind.NO_HOME, "bob")]


def before(**known: Any) -> tuple[Observed, Release]:
    """A host on which both servers are as the settings say."""
    host = lab(BOTH)
    answers = answers_of(host, **known)
    wanted = release(host, answers)
    return converged(wanted, answers), wanted


def without_bob(host: HostSettings, seen: Observed, **known: Any) -> tuple[Release, Answers]:
    served = survey.served(host, AGAINST_BOB)
    answers = answers_of(served, **known)
    return release(served, answers, as_it_is(["bob"], seen.installed)), answers


def steps(changes: Changes) -> list[tuple[str, str]]:
    return [(step.do, step.owner) for step in changes.services]


@pytest.mark.parametrize("bob", [{"port": 8889}, {"port": 9999, "interface": "notebook"}])
def test_with_nothing_else_to_do_there_is_nothing_to_do(bob: dict[str, Any]) -> None:
    seen, there = before()

    wanted, answers = without_bob(lab({**BOTH, "bob": bob}), seen)

    assert wanted.id == there.id
    assert not compare(wanted, seen, answers)


def test_his_neighbour_gets_what_the_settings_say_and_he_keeps_his_files_and_his_server() -> None:
    seen, there = before()

    wanted, answers = without_bob(lab({"alice": {"port": 9000}, "bob": {"port": 9001}}), seen)
    changes = compare(wanted, seen, answers)

    his = {file.path: file.sha256 for file in there.files if owner(file.path) == "bob"}
    assert {file.path: file.sha256 for file in wanted.kept.files} == his
    assert len(his) > 3
    assert wanted.description["servers"]["bob"] == there.description["servers"]["bob"]
    assert {whose for _, whose in steps(changes)} == {"", "alice"}
    assert ("restart", "alice") in steps(changes)
    assert "secrets/bob/secret" not in {file.path for file in wanted.files}


def test_who_has_no_server_yet_gets_none() -> None:
    host = lab({"alice": {"port": 8888}})
    answers = answers_of(host)
    alone = release(host, answers)

    wanted, _ = without_bob(lab(BOTH), converged(alone, answers))

    assert wanted.id == alone.id


def test_a_first_run_makes_the_others() -> None:
    served = survey.served(lab(BOTH), AGAINST_BOB)

    wanted = release(served, answers_of(served), as_it_is(["bob"], None))

    assert list(wanted.servers) == ["alice"]
    assert wanted.id == release(lab({"alice": {"port": 8888}}), answers_of(served)).id


def test_what_somebody_changed_by_hand_is_not_kept() -> None:
    seen, _ = before()
    assert seen.installed
    damaged = replace(seen.installed, damaged=("secrets/bob/secret",))

    wanted, answers = without_bob(lab(BOTH), replace(seen, installed=damaged))

    assert "secrets/bob/secret" not in {file.path for file in wanted.kept.files}
    assert len(compare(wanted, seen, answers).releases) == 1


def test_the_environments_that_he_runs_from_stay_known_until_he_has_new_ones() -> None:
    seen, there = before()
    old = {made.id for made in there.environments.values()}

    newer, answers = without_bob(lab(BOTH), seen, python_version="3.12")
    again, _ = without_bob(lab(BOTH), converged(newer, answers), python_version="3.12")
    newest, _ = without_bob(lab(BOTH), converged(newer, answers), python_version="3.13")

    for wanted in (newer, again, newest):
        assert old < {*wanted.description["environments"].values()}
    assert again.id == newer.id
    assert len(newest.description["environments"]) == 4
    assert old & {made.id for made in newest.environments.values()} == set()


@pytest.mark.parametrize(
    ("path", "whose"),
    [
        ("secrets/alice/secret", "alice"),
        ("servers/al.ice/kernels/stata/kernel.json", "al.ice"),
        ("units/stata-fleet@alice.service.d/server.conf", "alice"),
        ("units/stata-fleet@al.ice.service.d/server.conf", "al.ice"),
        ("units/stata-fleet@alice.socket", "alice"),
        ("units/stata-fleet@.service", ""),
        ("release.json", ""),
        ("manifest.json", ""),
    ],
)
def test_whose_a_file_is_is_known_by_its_path(path: str, whose: str) -> None:
    assert owner(path) == whose


def test_all_of_a_server_is_known_to_be_its_owners() -> None:
    def shared(found: Installed) -> set[str]:
        return {path for path in found.files if not owner(path)}

    both, alone = (installed(release(lab(of), answers_of(lab(of)))) for of in (BOTH, {"alice": {"port": 8888}}))
    assert shared(both) == shared(alone)
    assert {owner(path) for path in both.files} == {"alice", "bob", ""}
