"""bcrypt is paid for once a password and run, not once a server."""

from pathlib import Path

import pytest

from statafleet.inventory.groups import groups
from statafleet.inventory.load import load
from statafleet.secrets import choose
from statafleet.secrets.secret import Hash, SignIn, Token, as_kept, from_kept
from tests.unit.lab import HASH, OTHER_HASH
from tests.unit.secrets.counted import Counted

Kept = dict[str, SignIn | None]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    return Counted(monkeypatch)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Fifty servers, one password: half of them from the environment, half from a file."""
    (tmp_path / "inventory").mkdir()
    names = [f"econ{number}" for number in range(50)]
    sources = ["{env: LAB}", "{file: password}"]
    entries = (f"  {name}: {{jupyter: {{password: {sources[at % 2]}}}}}" for at, name in enumerate(names))
    (tmp_path / "inventory" / "lab.yml").write_text("\n".join(["hosts:", *entries]))
    (tmp_path / "inventory" / "password").write_text("hunter2")
    (tmp_path / "inventory" / "password").chmod(0o600)
    monkeypatch.setenv("LAB", "hunter2")
    return tmp_path


def run(folder: Path, kept: Kept) -> dict[str, SignIn]:
    """What one run chooses for each host, from the data that pyinfra hands it."""
    fleet = load(folder, account="me")
    chosen = {}
    for host, data in groups(fleet)["all"]:
        wanted = data["stata_fleet"].server("me").jupyter.password
        chosen[host] = choose.secret(wanted, data["stata_fleet_passwords"]["me"], kept.get(host))
    return chosen


def test_one_password_of_fifty_servers_is_hashed_once(lab: Path, counted: Counted) -> None:
    chosen = run(lab, {})

    assert (counted.made, counted.checked) == (1, 0)
    assert len(chosen) == 50
    assert len(set(chosen.values())) == 1


def test_the_next_run_checks_it_once_and_keeps_it(lab: Path, counted: Counted) -> None:
    first = run(lab, {})

    assert run(lab, dict(first)) == first
    assert (counted.made, counted.checked) == (1, 1)


def test_a_hash_that_one_host_keeps_is_no_other_hosts(lab: Path, counted: Counted) -> None:
    first, second = run(lab, {}), run(lab, {})

    chosen = run(lab, {"econ0": first["econ0"], "econ1": second["econ1"], "econ2": Hash(HASH)})

    assert (chosen["econ0"], chosen["econ1"]) == (first["econ0"], second["econ1"])
    assert chosen["econ2"] == chosen["econ3"] not in (first["econ0"], second["econ1"])
    assert (counted.made, counted.checked) == (3, 3)


@pytest.mark.parametrize(
    "kept",
    [
        "$2b$31$" + "a" * 53,
        "$2b$15$" + "a" * 53,
        "$2b$03$" + "a" * 53,
        "$2b$12$short",
        "$2b$12$" + "é" * 53,
        HASH + "\n",
        "argon2:$argon2id$v=19$m=4194304,t=9999999,p=1$YWFhYWFhYWFhYWE$YWFhYWFhYWFhYWFhYWFhYQ",
        "hunter2",
        "",
    ],
)
def test_a_hash_that_a_host_made_up_costs_this_machine_nothing(lab: Path, counted: Counted, kept: str) -> None:
    run(lab, {"econ0": from_kept(kept)})

    assert (counted.made, counted.checked) == (1, 0)


@pytest.mark.parametrize("kept", ["token:", "token:short", "token:" + "é" * 43, "token:" + "x" * 44, "x" * 43])
def test_a_token_that_is_none_of_ours_counts_as_none(kept: str) -> None:
    assert from_kept(kept) is None


def test_what_we_put_on_a_host_is_what_we_read_there() -> None:
    for secret in (Token.new(), Hash(HASH), Hash(OTHER_HASH)):
        assert from_kept(as_kept(secret)) == secret
