"""What every committed lock keeps to, and that each check on it can fail."""

from __future__ import annotations

import re
from importlib.metadata import requires

import pytest
from packaging.specifiers import SpecifierSet

from locks import update

FLOORS = update.minimums((update.ROOT / "locks/minimum-versions.toml").read_text())
GUARDED = {"jupyter-server", "jupyterlab", "notebook", "tornado"}
# Debuggers, and what listens for other processes of a computation.
OPEN_TCP = {"debugpy", "pydevd", "ptvsd", "rpyc", "distributed", "ipyparallel"}
ENVIRONMENTS = [lock for lock in update.LOCKS if lock.platforms]
HASHED = re.compile(r"\S+==\S+( ; .+)? \\\n( {4}--hash=sha256:[0-9a-f]{64}( \\)?\n)+")
# Addresses, and folders of the machine that made the lock.
PLACES = re.compile(r"\w+://|(?i:pypi|index-url|find-links)|(?<![\w.])/\w|\w+\.(?:org|com|io|net)\b")

every_lock = pytest.mark.parametrize("lock", update.LOCKS, ids=lambda lock: lock.name)
every_environment = pytest.mark.parametrize("lock", ENVIRONMENTS, ids=lambda lock: lock.name)


@every_lock
def test_a_lock_is_current_and_meets_what_it_was_made_from(lock: update.Lock) -> None:
    assert update.problems(lock) == []


@every_lock
def test_every_locked_package_has_a_hash(lock: update.Lock) -> None:
    text = lock.path.read_text()

    without_comments = "".join(re.findall(r"^(?!\s*#).*\n", text, re.MULTILINE))

    assert HASHED.sub("", without_comments) == ""


@every_lock
def test_a_lock_names_no_index_and_no_place_on_a_machine(lock: update.Lock) -> None:
    assert PLACES.findall(lock.path.read_text()) == []


@every_environment
def test_an_environment_has_one_version_of_each_package(lock: update.Lock) -> None:
    names = [line.split("==")[0] for line in update.lines(lock.path.read_text())]

    assert len(names) == len(set(names))
    assert not any(";" in line for line in update.lines(lock.path.read_text()))


@every_environment
def test_what_is_guarded_by_a_minimum_is_in_each_environment(lock: update.Lock) -> None:
    (python,) = lock.pythons

    assert update.pinned(lock.path.read_text(), python).keys() >= GUARDED
    assert {each.package for each in FLOORS if python in each.pythons} == GUARDED


@every_lock
def test_no_lock_brings_what_opens_tcp_in_a_kernel(lock: update.Lock) -> None:
    pins = {name for python in lock.pythons for name in update.pinned(lock.path.read_text(), python)}

    assert pins & OPEN_TCP == set()


def test_ipykernel_would_bring_a_debugger() -> None:
    """The control."""
    assert any(requirement.startswith("debugpy") for requirement in requires("ipykernel") or ())


@pytest.mark.parametrize("package", sorted(GUARDED))
def test_a_version_with_a_known_hole_is_refused(package: str) -> None:
    found = update.too_old(FLOORS, f"{package}==1.0.0\n", "3.11")

    assert len(found) == 1
    assert found[0].startswith(f"{package} 1.0.0 is under ")


def test_tornado_is_held_to_what_each_python_can_have() -> None:
    newest_on_python_3_10 = "tornado==6.5.10\n"

    assert update.too_old(FLOORS, newest_on_python_3_10, "3.10") == []
    assert len(update.too_old(FLOORS, newest_on_python_3_10, "3.11")) == 1


def test_only_python_3_10_has_holes_that_no_release_mends() -> None:
    unmended = [each for each in FLOORS if each.open_holes]

    assert [(each.package, each.pythons) for each in unmended] == [("tornado", SpecifierSet("<3.11"))]


def test_a_version_outside_what_is_asked_for_is_reported() -> None:
    found = update.unmet(["tornado>=6.6.1"], "tornado==6.6.0\n", "3.11")

    assert found == ["tornado>=6.6.1 is asked for on Python 3.11, 6.6.0 is locked"]


def test_a_package_that_is_asked_for_and_not_locked_is_reported() -> None:
    assert len(update.unmet(["bcrypt>=5"], "tornado==6.6.1\n", "3.11")) == 1


def test_a_requirement_for_another_python_is_not_asked_for() -> None:
    assert update.unmet(['tomli; python_version < "3.11"'], "", "3.11") == []


def test_a_changed_input_makes_the_lock_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = update.server("3.11")
    asked = [*update.asked(lock), "tornado"]
    monkeypatch.setattr(update, "asked", lambda _: asked)

    assert update.problems(lock) == ["what it is made from has changed"]


def test_a_changed_comment_leaves_the_lock_current() -> None:
    assert update.lines("bcrypt>=5  # new words\n") == update.lines("# a line\nbcrypt>=5\n")


def test_a_missing_lock_is_reported() -> None:
    assert update.problems(update.server("3.9")) == ["it is missing"]


@pytest.mark.parametrize(
    "text",
    ["--index-url https://mirror.lab.example", "# via -r /home/me/server.in", "# files.example.org"],
)
def test_the_search_for_places_finds_one(text: str) -> None:
    assert PLACES.search(text)


def test_the_search_for_hashes_finds_a_package_without_one() -> None:
    assert HASHED.sub("", "bcrypt==5.0.0\n") == "bcrypt==5.0.0\n"
