from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET

if TYPE_CHECKING:
    from tests.unit.inventory.conftest import Given


USES = {
    "service=systemd-user": "scope: user, service: systemd-user",
    "scope=user": "scope: user",
    "stata.kernel=nbstata": "stata: {kernel: nbstata}",
    "index.wheelhouse": "index: {wheelhouse: wheels}",
}


@pytest.mark.parametrize("feature", USES)
def test_deleting_its_line_turns_a_setting_on(given: Given, monkeypatch: pytest.MonkeyPatch, feature: str) -> None:
    host = "econ1" if feature == "scope=user" or "scope" not in USES[feature] else "@local"
    project = given(f'hosts: {{"{host}": {{{USES[feature]}}}}}')

    assert NOT_SUPPORTED_YET[feature] in project.report()
    monkeypatch.delitem(NOT_SUPPORTED_YET, feature)
    assert project.fleet().host(host)


def test_every_line_of_the_table_is_tried_here() -> None:
    assert USES.keys() == NOT_SUPPORTED_YET.keys()


def test_this_machine_alone_may_go_without_privileges(given: Given) -> None:
    assert given('hosts: {"@local": {scope: user}}').fleet().host("@local").scope == "user"
