"""The real pyinfra on the real entry files, with hosts that pyinfra only pretends to have."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from statafleet_sent.wire import Certificate, Console, Observed, PortHolder, ServeAnswer, Sessions, Untold, plain

from statafleet.desired.release import release
from statafleet.inventory import reads
from statafleet.inventory.load import load
from statafleet.observed import survey
from statafleet.secrets.secret import Hash
from statafleet.sending import wheels
from statafleet.settings.model.fleet import HostSettings
from tests.unit.certificate import certificate
from tests.unit.lab import CONSOLE, HASH, OTHER_HASH, answers_of, converged, empty

REPOSITORY = Path(__file__).parents[2]
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


def all_of(observed: Mapping[str, Any], *untold: Untold) -> str:
    """A pretended host says the same whatever it is asked: what was observed, and, last, what a gate is told."""
    api = {"name": "api", "ok": True, "saw": "Jupyter server 2", "fix": ""}
    gate = {"servers": {"alice": {"checks": [api], "certificate": ""}}, **plain(ServeAnswer(untold))}
    return f"{json.dumps(observed)}\n{json.dumps(gate)}"


class Project:
    """An operator's folder; `says` is what each host answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "inventory").mkdir()
        shutil.copy(REPOSITORY / "deploy.py", folder)
        (folder / "inventory.py").write_text((REPOSITORY / "inventory.py").read_text() + INVENTORY)

    def has(self, *names: str, sign_in: str = f"{{hash: '{HASH}'}}", own: str = "{}") -> list[HostSettings]:
        common = f"servers: {{alice: {own}}}, stata: {{path: {CONSOLE}}}, jupyter: {{password: {sign_in}}}"
        hosts = "".join(f"  '@fake/{name}': {{{common}}}\n" for name in names)
        (self.folder / "inventory" / "lab.yml").write_text(f"hosts:\n{hosts}")
        return list(load(self.folder, account="me", reads=reads.NOTHING).hosts)

    def says(self, answers: Mapping[str, Any]) -> None:
        texts = {name: answer if isinstance(answer, str) else all_of(answer) for name, answer in answers.items()}
        (self.folder / "answers.json").write_text(json.dumps(texts))

    def pyinfra(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return self.run("deploy.py", *words, **variables)

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        ours = {"PYINFRA_PROGRESS": "off", "PYTHONPATH": str(REPOSITORY), "LAB": PASSWORD}
        return subprocess.run(
            [sys.executable, "-m", "pyinfra", "inventory.py", *words],
            cwd=self.folder,
            env={**os.environ, **ours, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def snapshot(settings: HostSettings, there: Observed) -> dict[str, Any]:
    """What a host sends that is like `there`."""
    assert list(survey.refusals(settings, there)) == []
    return plain(replace(there, uv_versions=(f"uv-{wheels.uv_version()}",)))


def matching(settings: HostSettings) -> dict[str, Any]:
    answers = answers_of(settings)
    return snapshot(settings, converged(release(settings, answers), answers))


def fresh(settings: HostSettings) -> dict[str, Any]:
    return snapshot(settings, empty(answers_of(settings)))


def test_fifty_hosts_that_match_are_read_once_each_and_left_alone(project: Project) -> None:
    hosts = project.has(*(f"econ{number}" for number in range(50)))
    project.says({host.name: matching(host) for host in hosts})

    done = project.pyinfra("-y", "--debug")

    assert done.returncode == 0, done.stdout
    assert Counter(COMMAND.findall(done.stdout)) == Counter(host.name for host in hosts)
    assert set(NOTHING.findall(done.stdout)) == {host.name for host in hosts}
    assert STARTED.findall(done.stdout) == []


def runs_twice(project: Project) -> list[subprocess.CompletedProcess[str]]:
    return [project.pyinfra("-y", "--debug") for _ in range(2)]


def test_a_stata_that_is_named_and_missing_fails_this_run_and_the_next(project: Project) -> None:
    (host,) = project.has("econ1")
    answers = answers_of(host, stata="")
    there = replace(converged(release(host, answers), answers), stata=Console(CONSOLE, found=False))
    project.says({host.name: snapshot(host, there)})

    for done in runs_twice(project):
        assert done.returncode == 1, done.stdout
        assert f"Jupyter only: there is no program at {CONSOLE}" in done.stdout
        assert len(COMMAND.findall(done.stdout)) == 1


BOTH = "servers: {alice: {port: %s}, bob: {port: 8889}}, jupyter: {bind: 127.0.0.1, password: {hash: '%s'}}"


def two_servers(project: Project, alice: int = 8888) -> HostSettings:
    text = f"hosts:\n  '@fake/econ1': {{{BOTH % (alice, HASH)}, stata: {{path: {CONSOLE}}}}}\n"
    (project.folder / "inventory" / "lab.yml").write_text(text)
    (host,) = load(project.folder, account="me", reads=reads.NOTHING).hosts
    return host


TAKEN = PortHolder(8889, 7, "nginx", "mallory", "127.0.0.1:8889")
AGAINST_BOB = "bob: port 8889 is taken by nginx (pid 7, account mallory)"


def test_what_is_against_one_server_fails_this_run_and_the_next_and_changes_nothing(project: Project) -> None:
    host = two_servers(project)
    answers = answers_of(host)
    there = converged(release(host, answers), answers)
    project.says({host.name: plain(replace(there, port_holders=(TAKEN,)))})

    for done in runs_twice(project):
        assert done.returncode == 1, done.stdout
        assert done.stdout.count(AGAINST_BOB) == 1
        assert len(COMMAND.findall(done.stdout)) == 1


def test_his_neighbour_is_served_and_asked_before_the_host_fails(project: Project) -> None:
    before = two_servers(project)
    answers = answers_of(before)
    there = replace(converged(release(before, answers), answers), port_holders=(TAKEN,))
    host = two_servers(project, alice=9000)
    project.says({host.name: plain(there)})

    dry, done = project.pyinfra("--dry"), project.pyinfra("-y", "--debug")

    assert (dry.returncode, done.returncode) == (1, 1), done.stdout
    assert AGAINST_BOB in dry.stdout
    assert [name.partition(";")[0].strip() for name in STARTED.findall(done.stdout)] == [
        "alice: port 8888 → 9000",
        "alice: restart the server",
        "see that Jupyter and a cell of Stata answer",
        "note the verdict, and tidy up what nobody needs",
    ]
    assert "alice: http://127.0.0.1:9000/ answers" in done.stdout
    assert AGAINST_BOB in done.stdout.partition("alice: http://127.0.0.1:9000/ answers")[2]


def test_only_the_server_that_was_not_well_is_asked_again(project: Project) -> None:
    host = two_servers(project)
    answers = answers_of(host)
    there = converged(release(host, answers), answers)
    assert there.installed
    project.says({host.name: plain(replace(there, installed=replace(there.installed, failed=("alice",))))})

    done = project.pyinfra("-y", "--debug")

    assert done.returncode == 0, done.stdout
    assert "alice: http://127.0.0.1:8888/ answers" in done.stdout
    assert "bob" not in done.stdout.partition("Starting operation")[2]


@pytest.mark.parametrize(("days", "status", "told"), [(-1, 1, "ended on"), (10, 0, "ends on"), (100, 0, "")])
def test_a_certificate_that_ended_fails_this_run_and_the_next(
    project: Project, days: int, status: int, told: str
) -> None:
    pem = certificate(datetime.now(UTC), days)
    own = "{bind: 192.0.2.1, tls: {certificate: 'host:/tls.crt', key: 'host:/tls.key'}}"
    (host,) = project.has("econ1", own=own)
    answers = answers_of(host, tls_digests={"alice": sha256(pem.encode()).hexdigest()})
    there = replace(converged(release(host, answers), answers), tls_on_host={"alice": Certificate(pem)})
    project.says({host.name: snapshot(host, there)})

    for done in runs_twice(project):
        assert done.returncode == status, done.stdout
        assert f"alice: the certificate {told}" in done.stdout or not told
        assert len(COMMAND.findall(done.stdout)) == 1


def test_two_servers_with_certificates_for_one_name_are_a_warning_in_a_dry_run_too(project: Project) -> None:
    pem = certificate(datetime.now(UTC), 100, "econ1.lab.example")
    tls = "tls: {certificate: 'host:/tls.crt', key: 'host:/tls.key'}"
    bob = f"bob: {{bind: 192.0.2.1, port: 8889, {tls}}}"
    (host,) = project.has("econ1", own=f"{{bind: 192.0.2.1, {tls}}}, {bob}")
    pems = dict.fromkeys(("alice", "bob"), Certificate(pem))
    project.says({host.name: snapshot(host, replace(empty(answers_of(host)), tls_on_host=pems))})

    done = project.pyinfra("--dry")

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("alice, bob have certificates for one name, econ1.lab.example, so a browser") == 1


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
    assert [operation.split()[0] for operation in STARTED.findall(done.stdout)] == [
        "build",
        "first",
        "alice:",
        "see",
        "note",
    ]
    assert len(COMMAND.findall(done.stdout)) == 6


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


def test_a_run_fails_while_the_old_password_of_a_server_that_cannot_be_told_opens_it(project: Project) -> None:
    (host,) = project.has("econ1")
    old = answers_of(host, secrets={"alice": Hash(OTHER_HASH)})
    there = converged(release(host, old), old)
    busy = replace(there, servers={"alice": replace(there.servers["alice"], sessions=Sessions(kernels=1))})
    untold = Untold("alice", "secret", "it answers with HTTP 404")
    project.says({host.name: all_of(snapshot(host, busy), untold)})

    done = project.pyinfra("-y")

    assert done.returncode == 1, done.stdout
    reason = "the old password or token still opens the server, which cannot be told: it answers with HTTP 404"
    assert f"[{host.name}] alice: {reason}" in done.stdout


def test_every_reason_against_a_host_is_told_and_nothing_is_done_there(project: Project) -> None:
    good, poor = project.has("good", "poor")
    project.says({good.name: matching(good), poor.name: fresh(poor) | {"is_root": False, "machine": "riscv64"}})

    done = project.pyinfra("-y", "--debug")

    assert done.returncode == 1
    assert f"[{poor.name}] `scope: system` needs root" in done.stdout
    assert f"[{poor.name}] the processor is riscv64" in done.stdout
    assert COMMAND.findall(done.stdout).count(poor.name) == 1


MARKED = "{command: 'touch ran; echo correct horse'}"


@pytest.mark.parametrize(
    "words",
    [("deploy.py", "--dry"), ("deploy.py", "--dry", "-y"), ("deploy.py", "--debug-operations"), ("debug-inventory",)],
)
def test_what_changes_nothing_runs_no_command_for_a_password(project: Project, words: tuple[str, ...]) -> None:
    (host,) = project.has("econ1", sign_in=MARKED)
    project.says({host.name: fresh(host)})

    done = project.run(*words)

    assert done.returncode == 0, done.stdout
    assert list(project.folder.rglob("ran")) == []


def test_a_run_does(project: Project) -> None:
    (host,) = project.has("econ1", sign_in=MARKED)
    project.says({host.name: fresh(host)})

    assert project.pyinfra("-y").returncode == 0
    assert len(list(project.folder.rglob("ran"))) == 1


def test_a_plan_says_that_it_read_no_password(project: Project) -> None:
    (host,) = project.has("econ1", sign_in=MARKED)
    project.says({host.name: fresh(host)})

    done = project.pyinfra("--dry")

    assert f"[{host.name}] no password was read: whether that of alice is another one, the next run sees" in done.stdout


def test_a_plan_goes_on_without_a_host_that_failed_where_nobody_can_be_asked(project: Project) -> None:
    good, poor = project.has("good", "poor")
    project.says({good.name: matching(good), poor.name: "Welcome!"})

    done = project.pyinfra("--dry")

    assert done.returncode == 1
    assert NOTHING.findall(done.stdout) == [good.name]
    assert "Press enter" not in done.stdout
    assert "Traceback" not in done.stdout


def test_a_password_of_two_people_is_told_once_a_run(project: Project) -> None:
    hosts = project.has("econ1", "econ2", sign_in="{env: LAB}", own="{bind: 127.0.0.1}")
    lab = project.folder / "inventory" / "lab.yml"
    lab.write_text(lab.read_text().replace("alice", "bob", 1))
    project.says({host.name: fresh(host) for host in hosts})

    done = project.pyinfra("--dry")

    assert done.stdout.count("one password for bob@@fake/econ1, alice@@fake/econ2: each of these people can") == 1


def test_settings_that_are_not_trusted_run_nothing_in_pyinfra_either(project: Project) -> None:
    project.has("econ1", sign_in=MARKED)
    group_data = project.folder / "group_data"
    group_data.mkdir()
    (group_data / "all.py").write_text("open('ran', 'w')")

    done = project.pyinfra("-y", STATA_FLEET_TRUSTED_ONLY="1")

    assert done.returncode == 1
    assert done.stdout.count("refused with `--trusted-only`") == 3
    assert list(project.folder.rglob("ran")) == []


@pytest.mark.parametrize(("ci", "told"), [("", "sign in with the token "), ("true", "signs in with a new token")])
def test_a_new_token_is_told_to_a_person_and_to_no_log_of_ci(project: Project, ci: str, told: str) -> None:
    (host,) = project.has("econ1", sign_in="")
    project.says({host.name: fresh(host)})

    done = project.pyinfra("-y", CI=ci)

    assert f"[{host.name}] alice: {told}" in done.stdout
    assert ("shown once" in done.stdout) == (not ci)


@pytest.mark.parametrize("sign_in", [f"{{hash: '{HASH}'}}", "{env: LAB}"], ids=["hash", "password"])
def test_no_secret_is_shown_however_much_is_printed(project: Project, sign_in: str) -> None:
    (host,) = project.has("econ1", sign_in=sign_in)
    project.says({host.name: fresh(host)})

    done = project.pyinfra("-y", "-vvv", "--debug", "--diff")

    assert done.returncode == 0, done.stdout
    assert "correct horse" not in done.stdout
    assert HASH not in done.stdout
    assert "$2b$" not in done.stdout
    assert '"archive"' not in done.stdout
    assert '"veil_key"' not in done.stdout
