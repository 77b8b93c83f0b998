from __future__ import annotations

import json
import os
from dataclasses import asdict
from operator import methodcaller
from typing import TYPE_CHECKING

import pytest

from statafleet.errors import PasswordError
from statafleet.inventory.groups import groups
from statafleet.secrets import sources
from statafleet.settings.model.password import Password

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.inventory.conftest import Given


def written(folder: Path, text: bytes, mode: int = 0o600) -> Password:
    path = folder / "secret"
    path.write_bytes(text)
    path.chmod(mode)
    return Password(file="secret")


@pytest.mark.parametrize("text", [b"hunter2", b"hunter2\n", b"hunter2\r\n"])
def test_a_file_holds_the_password_with_or_without_a_newline(tmp_path: Path, text: bytes) -> None:
    assert sources.read(written(tmp_path, text), tmp_path).reveal() == "hunter2"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o611])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(PasswordError, match="others can read this file; run `chmod 600` on it"):
        sources.read(written(tmp_path, b"hunter2", mode), tmp_path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (b"x" * 73, "over 72 bytes"),
        ("é".encode() * 37, "over 72 bytes"),
        (b"hunter2\0", "not a single line"),
        (b"hunter2\nsecond", "not a single line"),
        (b"hunter2\xff", "not UTF-8"),
    ],
)
def test_what_no_server_could_verify_is_refused_unseen(tmp_path: Path, text: bytes, what: str) -> None:
    with pytest.raises(PasswordError, match=what) as caught:
        sources.read(written(tmp_path, text), tmp_path)

    assert "hunter2" not in str(caught.value)


def test_72_bytes_are_not_too_many(tmp_path: Path) -> None:
    assert sources.read(written(tmp_path, b"x" * 72 + b"\n"), tmp_path)


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    for name in ("pipe", ".", "missing"):
        with pytest.raises(PasswordError, match=r"this is not a file|cannot read this file"):
            sources.read(Password(file=name), tmp_path)


def test_a_command_runs_in_a_shell_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "here").write_text("hunter2")

    assert sources.read(Password(command="cat here | tr 2 3"), tmp_path).reveal() == "hunter3"


def test_a_command_that_fails_shows_none_of_its_output(tmp_path: Path) -> None:
    with pytest.raises(PasswordError, match="failed with status 7") as caught:
        sources.read(Password(command="echo hunter2; echo hunter2 >&2; exit 7"), tmp_path)

    assert "hunter2" not in str(caught.value)


def test_a_command_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LONGEST_WAIT", 0.2)

    with pytest.raises(PasswordError, match="said nothing within"):
        sources.read(Password(command="exec sleep 60"), tmp_path)


def test_a_command_for_a_whole_fleet_runs_once(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {a: , b: , c: {servers: {x: , y: }}}",
            "group_data/all.yml": "jupyter: {password: {command: 'echo x >> ran; echo hunter2'}}",
        },
    )

    fleet = project.fleet()

    assert len(fleet.passwords) == 4
    assert (project.folder / "group_data/ran").read_text() == "x\n"


def test_equal_passwords_from_two_sources_are_one(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB", "hunter2")
    fleet = given("hosts: {a: {jupyter: {password: {env: LAB}}}, b: {jupyter: {password: {command: echo hunter2}}}}")

    first, second = fleet.fleet().passwords.values()

    assert first is second


def test_no_print_of_a_fleet_shows_a_password(given: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB", "hunter2")
    url = "https://me:hunter2@packages.example.edu/simple"
    fleet = given(f"hosts: {{a: {{jupyter: {{password: {{env: LAB}}}}, index: {{url: '{url}'}}}}}}").fleet()

    data = groups(fleet)["all"][0][1]

    shown = [repr(fleet), str(fleet), str(vars(fleet)), str(asdict(fleet)), repr(data), str(data)]
    shown += [str(data["stata_fleet"].to_json()), json.dumps(data, default=methodcaller("to_json"))]
    assert "hunter2" not in "".join(shown)
    assert data["stata_fleet_passwords"]["me"].reveal() == "hunter2"


def test_no_print_of_an_inventory_shows_what_an_operator_hands_to_jupyter(given: Given) -> None:
    extra = "{S3ContentsManager: {secret_access_key: AKIAX, pin: 7, token_list: [hunter2]}, ServerApp: {shutdown: 7}}"
    fleet = given(f"hosts: {{a: {{jupyter: {{password: {{command: echo hunter2}}, extra: {extra}}}}}}}").fleet()

    shown = fleet.hosts[0].to_json()["servers"][0]["jupyter"]

    assert "hunter2" not in str(shown)
    assert "AKIAX" not in str(shown)
    assert shown["extra"]["ServerApp"] == {"shutdown": 7}
    assert shown["tls"] is None
