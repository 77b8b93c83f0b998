"""The real pyinfra on the real entry files, with hosts that pyinfra only pretends to have."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, release
from statafleet.inventory.load import load
from statafleet.observed import survey
from statafleet.sending import wheels
from statafleet.settings.model.fleet import HostSettings
from tests.fleet import certificates
from tests.unit.lab import CONSOLE, HASH, answers_of, converged

REPOSITORY = Path(__file__).parents[2]
RECORDED = REPOSITORY / "tests/unit/observed/snapshots/nothing_there.json"
PASSWORD = "correct horse"
# The real one, and on top of it what each host answers to whatever it is asked.
INVENTORY = """
import json as _json
from pathlib import Path as _Path

_answers = _json.loads(_Path(__file__).with_name("answers.json").read_text())
for _name, _data in globals()["all"]:
    _data.update(fake_responses={"": _answers[_name]}, fake_delay=0, fake_delay_jitter=0)
"""
COMMAND = re.compile(r"simulating command on (\S+): ")
NOTHING = re.compile(r"\[(\S+)\] +nothing to do")
STARTED = re.compile(r"Starting operation: (.*)")


class Project:
    """An operator's folder; `says` is what each host answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "inventory").mkdir()
        shutil.copy(REPOSITORY / "deploy.py", folder)
        (folder / "inventory.py").write_text((REPOSITORY / "inventory.py").read_text() + INVENTORY)

    def has(self, *names: str, sign_in: str = f"{{hash: '{HASH}'}}") -> list[HostSettings]:
        common = f"servers: {{alice: {{}}}}, stata: {{path: {CONSOLE}}}, jupyter: {{password: {sign_in}}}"
        hosts = "".join(f"  '@fake/{name}': {{{common}}}\n" for name in names)
        (self.folder / "inventory" / f"{names[0]}.yml").write_text(f"hosts:\n{hosts}")
        known = {host.name: host for host in load(self.folder, account="me", passwords=False).hosts}
        return [known[f"@fake/{name}"] for name in names]

    def says(self, answers: Mapping[str, Any]) -> None:
        texts = {name: answer if isinstance(answer, str) else json.dumps(answer) for name, answer in answers.items()}
        (self.folder / "answers.json").write_text(json.dumps(texts))

    def pyinfra(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self.run("deploy.py", *words)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pyinfra", "inventory.py", *words],
            cwd=self.folder,
            env={**os.environ, "PYINFRA_PROGRESS": "off", "PYTHONPATH": str(REPOSITORY), "LAB": PASSWORD},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def snapshot(settings: HostSettings, wanted: Release | None, answers: Answers) -> dict[str, Any]:
    """What a host sends that matches `wanted`, or on which nothing is."""
    account = {"name": "alice", "uid": 1000, "gid": 1000, "group": "alice", "home": "/home/alice", "has_home": True}
    seen: dict[str, Any] = json.loads(RECORDED.read_text()) | {
        "systemd": True,
        "root": True,
        "accounts": {"alice": account},
        "path": answers.layout.root,
        "servers": {},
        "kept": {"alice": ""},
        "stata": {"path": CONSOLE, "found": True},
        "tools": [f"uv-{wheels.uv_version()}"],
    }
    if wanted is None:
        return seen
    there = converged(wanted, answers)
    assert there.release
    assert list(survey.reasons(settings, there)) == []
    return seen | {
        "release": vars(there.release) | {"intact": sorted(there.release.intact)},
        "servers": {owner: vars(server) for owner, server in there.servers.items()},
        "units": there.units,
    }


def matching(settings: HostSettings) -> dict[str, Any]:
    answers = answers_of(settings)
    return snapshot(settings, release(settings, answers), answers)


def fresh(settings: HostSettings) -> dict[str, Any]:
    return snapshot(settings, None, answers_of(settings))


def test_fifty_hosts_that_match_are_read_once_each_and_left_alone(project: Project) -> None:
    hosts = project.has(*(f"econ{number}" for number in range(50)))
    project.says({host.name: matching(host) for host in hosts})

    done = project.pyinfra("-y", "--debug")

    assert done.returncode == 0, done.stdout
    assert Counter(COMMAND.findall(done.stdout)) == Counter(host.name for host in hosts)
    assert set(NOTHING.findall(done.stdout)) == {host.name for host in hosts}
    assert STARTED.findall(done.stdout) == []


def test_a_dry_run_reads_once_and_says_what_would_change(project: Project) -> None:
    (host,) = project.has("econ1")
    project.says({host.name: fresh(host)})

    done = project.pyinfra("--dry", "--debug")

    assert done.returncode == 0, done.stdout
    assert COMMAND.findall(done.stdout) == [host.name]
    assert "first release, with a server for alice" in done.stdout
    assert "alice: start the server" in done.stdout


def test_a_first_run_takes_one_command_for_each_step_in_its_order(project: Project) -> None:
    (host,) = project.has("econ1")
    project.says({host.name: fresh(host)})

    done = project.pyinfra("-y", "--debug")

    assert done.returncode == 0, done.stdout
    assert [operation.split()[0] for operation in STARTED.findall(done.stdout)] == ["build", "first", "alice:", "see"]
    assert len(COMMAND.findall(done.stdout)) == 5


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("unusable: Python 3.10 or newer is needed; found: none.", "Python 3.10 or newer is needed; found: none."),
        ("Welcome!", "the host sent nothing that we understand: Welcome!"),
        ('{"python": {"path": "/usr', "the host sent nothing that we understand: "),
        ("", "the host sent nothing"),
    ],
    ids=["unusable", "noise", "cut off", "silence"],
)
def test_a_host_that_cannot_be_read_fails_alone(project: Project, answer: str, told: str) -> None:
    good, poor = project.has("good", "poor")
    project.says({good.name: matching(good), poor.name: answer})

    done = project.pyinfra("-y")

    assert done.returncode == 1
    assert NOTHING.findall(done.stdout) == [good.name]
    assert f"[{poor.name}] {told}" in done.stdout
    assert "Traceback" not in done.stdout


def test_every_reason_against_a_host_is_told_and_nothing_is_done_there(project: Project) -> None:
    good, poor = project.has("good", "poor")
    project.says({good.name: matching(good), poor.name: fresh(poor) | {"root": False, "machine": "riscv64"}})

    done = project.pyinfra("-y", "--debug")

    assert done.returncode == 1
    assert f"[{poor.name}] `scope: system` needs root" in done.stdout
    assert f"[{poor.name}] the processor is riscv64" in done.stdout
    assert COMMAND.findall(done.stdout).count(poor.name) == 1


def every_secret(project: Project) -> set[str]:
    """A host for each kind of secret that an operator can have, none of them on its host yet; their texts."""
    key = certificates.write(project.folder, "lab", days=90)
    pair = {"certificate": str(project.folder / "lab.crt"), "key": str(project.folder / "lab.key")}
    secure = f"bind: 192.0.2.1, tls: {json.dumps(pair)}"
    hosts = [
        *project.has("hashed", sign_in=f"{{hash: '{HASH}'}}"),
        *project.has("named", sign_in="{env: LAB}"),
        *project.has("secure", sign_in=f"{{env: LAB}}, {secure}"),
    ]
    project.says({host.name: fresh(host) for host in hosts})
    return {HASH, "$2b$", PASSWORD, *key.splitlines()[1:-1]}


@pytest.mark.parametrize(
    "words",
    [
        ["deploy.py", "-y", "-vvv", "--debug", "--diff"],
        ["deploy.py", "-y", "--debug-all"],
        ["deploy.py", "--dry", "--json"],
        ["deploy.py", "-y", "--json"],
        ["deploy.py", "--debug-operations"],
        ["deploy.py", "--debug-operations", "--json"],
        ["deploy.py", "--debug-facts"],
        ["debug-inventory"],
        ["debug-inventory", "--json"],
    ],
    ids=" ".join,
)
def test_no_secret_is_shown_through_any_door_of_pyinfra(project: Project, words: list[str]) -> None:
    secrets = every_secret(project)

    done = project.run(*words)

    assert done.returncode == 0, done.stdout
    assert [secret for secret in secrets if secret in done.stdout] == []
    assert all(f"@fake/{name}" in done.stdout for name in ("hashed", "named", "secure"))
    assert not any(word in done.stdout for word in ('"archive"', '"veil"', "Traceback"))
