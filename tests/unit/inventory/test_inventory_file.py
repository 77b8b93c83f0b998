"""The real pyinfra on the real `inventory.py`: what an operator sees."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.inventory.conftest import Given, Project


REPOSITORY = Path(__file__).parents[3]


def pyinfra(project: Project, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(REPOSITORY / "inventory.py", project.folder)
    return subprocess.run(
        [sys.executable, "-m", "pyinfra", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYINFRA_PROGRESS": "off", **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def debug(project: Project, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    inventory = str(project.folder / "inventory.py")
    return pyinfra(project, "--json", inventory, "debug-inventory", *arguments, **variables)


def test_a_broken_yaml_is_our_report_and_status_1(given: Given) -> None:
    project = given("hosts: {econ1: {prot: 1, sudo: yse}}")

    done = debug(project)

    assert done.returncode == 1
    assert project.report() in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "pyinfra error" not in done.stderr


def test_data_is_checked_before_pyinfra_applies_it(given: Given) -> None:
    done = debug(given("hosts: {econ1: }"), "--data", "jupyter.prot=1")

    assert done.returncode == 1
    assert "--data jupyter.prot=1: jupyter.prot: no such key" in done.stderr


def test_the_hosts_of_the_folder_that_it_was_copied_to(given: Given) -> None:
    project = given({"inventory/lab.yml": "hosts: {econ1: {groups: [x]}, econ2: }"})

    done = debug(project, "--data", "jupyter.port=9000")

    hosts = json.loads(done.stdout)
    assert [host["name"] for host in hosts] == ["econ1", "econ2"]
    assert set(hosts[0]["groups"]) == {"x", "econ1", "inventory"}
    assert hosts[0]["data"]["stata_fleet"]["servers"][0]["jupyter"]["port"] == 9000


def test_the_variable_names_another_inventory(given: Given) -> None:
    project = given({"inventory/lab.yml": "hosts: {econ1: }", "other.yml": "hosts: {econ2: }"})

    done = debug(project, STATA_FLEET_INVENTORY=str(project.folder / "other.yml"))

    assert [host["name"] for host in json.loads(done.stdout)] == ["econ2"]


def test_pyinfra_reads_a_hosts_own_python_data_natively(given: Given) -> None:
    project = given(
        {"inventory/lab.yml": "hosts: {econ1: }", "group_data/econ1.py": "_timeout = 7\nscope = 'system'\n"},
    )

    assert json.loads(debug(project).stdout)[0]["data"]["_timeout"] == 7


@pytest.mark.parametrize("flag", ["--json", "-v"])
def test_no_password_is_printed_with_the_inventory(given: Given, flag: str) -> None:
    project = given("hosts: {econ1: {jupyter: {password: {env: LAB}}}}")

    done = debug(project, flag, LAB="hunter2")

    assert done.returncode == 0
    assert "(not shown)" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
