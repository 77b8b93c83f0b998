"""Every service manager does what the settings' table says that it can, and restarts for what it runs."""

from dataclasses import replace

import pytest
from statafleet_sent.wire import Account

from statafleet.desired.managers.manager import Manager
from statafleet.desired.managers.registry import MANAGERS
from statafleet.desired.release import Release, release
from statafleet.desired.service import Service
from statafleet.desired.templates import render
from statafleet.layout import Layout
from statafleet.settings.model.jupyter import Limits
from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET
from statafleet.settings.model.service_managers import ABILITIES, SERVICE_MANAGERS, Ability, ServiceManager
from tests.unit.lab import answers_of, lab

SERVICE = Service(
    name="alice",
    owner=Account("alice", 1000, "/home/alice", has_home=True),
    program=("/opt/program", "--now"),
    variables={"GIVEN": "it's given"},
    folders=("/home/alice",),
    credentials={"key": "/root/key"},
    listens="127.0.0.1:8888",
    limits=Limits(memory="8G", cpus=2, tasks=64),
    sealed=True,
)
# What shows in a manager's files that it does this.
SIGNS: dict[Ability, tuple[str, ...]] = {
    "limits": ("MemoryMax=8G", "CPUQuota=200%", "TasksMax=64"),
    "seal": ("PrivateNetwork=yes", "InaccessiblePaths=-/run/dbus -/run/systemd/resolve -/run/nscd"),
    "credentials": ("LoadCredential=key:/root/key",),
    "boot": ("WantedBy=multi-user.target",),
    "hold": ("ListenStream=127.0.0.1:8888",),
}
written = pytest.mark.parametrize(
    "can", [each for each in SERVICE_MANAGERS if each.name in MANAGERS], ids=lambda each: str(each.name)
)


def manager(can: ServiceManager) -> Manager:
    return MANAGERS[can.name](Layout("/root/of/all", can.scope, can.name))


def text(can: ServiceManager, service: Service = SERVICE) -> str:
    return "".join(file.content for file in manager(can).files([service]))


@written
@pytest.mark.parametrize("ability", ABILITIES)
def test_a_manager_does_what_it_says_that_it_can_and_nothing_else(can: ServiceManager, ability: Ability) -> None:
    lines = text(can).splitlines()

    assert all((sign in lines) == (ability in can.can) for sign in SIGNS[ability])


@written
def test_a_manager_runs_the_program_with_its_variables(can: ServiceManager) -> None:
    assert "/opt/program --now" in text(can)
    assert "it's given" in text(can)


@written
@pytest.mark.parametrize(
    "changed",
    [replace(SERVICE, program=("/opt/other",)), replace(SERVICE, variables={"GIVEN": "another"})],
    ids=["program", "variable"],
)
def test_another_program_or_variable_is_another_start(can: ServiceManager, changed: Service) -> None:
    assert manager(can).starts(changed) != manager(can).starts(SERVICE)


@written
def test_what_is_started_is_in_the_managers_files(can: ServiceManager) -> None:
    assert set(manager(can).starts(SERVICE).splitlines()) <= set(text(can).splitlines())


def of_scope(scope: str) -> Release:
    host = lab({"alice": {}}, scope=scope)
    return release(host, answers_of(host))


@pytest.mark.parametrize(
    ("template", "scope"),
    [("stata-fleet@.service", "system"), ("server.conf", "system"), ("program.conf", "user")],
)
def test_a_servers_digest_covers_what_its_own_manager_runs_and_nothing_of_another(
    template: str, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {each: of_scope(each).servers["alice"].digest for each in ("system", "user")}

    def with_a_new_line(name: str, **values: object) -> str:
        return render(name, **values) + ("# new\n" if name == template else "")

    monkeypatch.setattr("statafleet.desired.templates.render", with_a_new_line)
    after = {each: of_scope(each).servers["alice"].digest for each in ("system", "user")}

    assert [each for each in before if before[each] != after[each]] == [scope]


def test_a_host_whose_manager_was_named_gets_that_one() -> None:
    assert lab(scope="user", service="supervisor").manager.name == "supervisor"
    assert lab(scope="user").manager.name == "supervisor"
    assert lab().manager.name == "systemd"


def test_every_manager_that_can_be_asked_for_is_written() -> None:
    supported = {each.name for each in SERVICE_MANAGERS if f"service={each.name}" not in NOT_SUPPORTED_YET}

    assert MANAGERS.keys() == supported
