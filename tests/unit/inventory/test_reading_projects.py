from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.inventory.conftest import Given


def test_problems_of_all_files_come_at_once_in_file_order(given: Given) -> None:
    project = given(
        {
            "inventory/b.yml": "hosts: {econ2: {sudoo: true}}",
            "inventory/a.yaml": "hosts: {econ1: {groups: [x], ssh: {port: 0}}}\n",
            "group_data/all.yml": "stata: {kernel: nbstatta}",
            "group_data/x.py": "import os\njupyter = {'prot': 1}\n",
        },
    )

    report = project.report("jupyter.port=many")

    heads = [line.split(" ")[0] for line in report.splitlines() if line[0] not in " 5"]
    assert heads[:4] == [
        "inventory/a.yaml:1:42:",
        "inventory/b.yml:1:17:",
        "group_data/all.yml:1:17:",
        "group_data/x.py:2:12:",
    ]
    assert report.endswith("5 problems in 4 files; nothing was sent to any host.")
    assert "--data jupyter.port=many: jupyter.port: not a whole number" in report


def test_a_host_that_two_files_define_cites_both_places(given: Given) -> None:
    project = given({"inventory/a.yml": "hosts:\n  econ1:\n", "inventory/b.yml": "hosts:\n  econ1:\n"})

    assert project.report() == (
        "inventory/b.yml:2:3: hosts.econ1: this host is defined twice\n"
        "    given:    econ1, also at inventory/a.yml:2:3\n"
        "    allowed:  one entry a host; entries are never merged across files\n"
        "    fix:      delete one entry, or give one of them another name\n"
        "1 problem in 1 file; nothing was sent to any host."
    )


def test_group_data_of_nobody_is_a_problem_with_the_nearest_name(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: {groups: [compute]}}",
            "group_data/compte.yml": "scope: system",
            "group_data/other.py": "_timeout = 3",
        },
    )

    report = project.report()

    assert "group_data/compte.yml: no host or group of this name" in report
    assert "did you mean `compute`?" in report
    assert "other.py" not in report


def test_two_files_of_one_group_may_not_set_the_same_key(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: }",
            "group_data/all.py": "jupyter = {'port': 9000, 'interface': 'lab'}",
            "group_data/all.yml": "jupyter: {port: 9001, base_url: /x}",
        },
    )

    report = project.report()

    assert "group_data/all.yml:1:11: jupyter.port: two files of this name set this key" in report
    assert "also at group_data/all.py:1:12" in report
    assert report.endswith("1 problem in 1 file; nothing was sent to any host.")


@pytest.mark.parametrize(
    ("text", "position", "given_text"),
    [
        ("x = 1\ny = x / 0\n", "group_data/all.py:2", "ZeroDivisionError: division by zero"),
        ("x = = 1\n", "group_data/all.py:1", "SyntaxError: invalid syntax"),
        ("import sys\n\nsys.exit()\n", "group_data/all.py:3", "SystemExit"),
        ("def f():\n    raise ValueError('my password')\nf()\n", "group_data/all.py:2", "ValueError"),
        ("import no_such_module_anywhere\n", "group_data/all.py:1", "ModuleNotFoundError: No module"),
        ("x = '\0'", "group_data/all.py:1", ""),
    ],
)
def test_python_group_data_that_fails_is_one_clean_problem(
    given: Given, text: str, position: str, given_text: str
) -> None:
    report = given({"inventory/lab.yml": "hosts: {econ1: }", "group_data/all.py": text}).report()

    assert report.startswith(f"{position}: this file cannot be run\n    given:    {given_text}")
    assert "Traceback" not in report
    assert "my password" not in report


def test_values_that_no_setting_is_made_of_are_refused(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: }",
            "group_data/all.py": "stata = object()\njupyter = {1: 2}\nservers = {'a': {'port': {3}}}\n"
            "index = {}\nindex['url'] = index\n",
        },
    )

    report = project.report()

    assert "group_data/all.py:1:9: stata: not what settings are made of" in report
    assert "group_data/all.py:2:11: jupyter: a key here is not text" in report
    assert "group_data/all.py:3:26: servers.a.port: not what settings are made of" in report
    assert "nested too deeply" in report


def test_python_values_that_are_not_literals_are_placed_at_their_name(given: Given) -> None:
    project = given(
        {
            "inventory/lab.yml": "hosts: {econ1: }",
            "group_data/all.py": "jupyter = dict(prot=3)\nfor scope in ['everything']: pass\n",
        },
    )

    report = project.report()

    assert "group_data/all.py:1:11: jupyter.prot: no such key" in report
    assert "group_data/all.py:1: scope: not one of the allowed words" in report


def test_a_project_without_inventory_says_what_to_write(given: Given, tmp_path: Path) -> None:
    project = given({})

    assert project.report().startswith("inventory: no hosts are defined here\n")
    assert project.report(inventory=tmp_path / "nowhere.yml").startswith("nowhere.yml: no hosts")


def test_another_inventory_takes_the_place_of_the_folder(given: Given) -> None:
    project = given({"inventory/lab.yml": "hosts: {econ1: }", "other/x.yml": "hosts: {econ2: }"})

    for position in ("other", "other/x.yml"):
        fleet = project.fleet(inventory=project.folder / position)
        assert [host.name for host in fleet.hosts] == ["econ2"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_a_problem(given: Given) -> None:
    project = given("hosts: {econ1: }")
    (project.folder / "inventory/lab.yml").chmod(0)

    assert "inventory/lab.yml: cannot read this file" in project.report()


def test_a_folder_named_like_a_file_is_a_problem(given: Given) -> None:
    project = given("hosts: {econ1: }")
    (project.folder / "inventory" / "x.yml").mkdir()

    assert "inventory/x.yml: cannot read this file" in project.report()


def test_a_misspelt_data_key_is_found_by_its_dot(given: Given) -> None:
    report = given("hosts: {econ1: }").report("juypter.port=1")

    assert report.startswith("--data juypter.port=1: juypter.port: no such key")
    assert report.endswith("1 problem; nothing was sent to any host.")


@pytest.mark.parametrize(
    "data",
    [
        'jupyter={"password": {"hash": "hunter2"}}',
        "jupyter.password.hash=hunter2",
        "jupyter.password=hunter2",
        "jupyter.pasword=hunter2",
        "jupyter.password.hunter2=1",
        "index.url=ftp://me:hunter2@x",
        "index.url=http://me:hunter2@x",
    ],
)
def test_data_arguments_never_show_a_secret(given: Given, data: str) -> None:
    report = given("hosts: {econ1: }").report(data)

    assert "hunter2" not in report
    assert "(not shown)" in report


def test_a_typo_in_a_port_is_not_also_a_clash(given: Given) -> None:
    report = given("hosts: {econ1: {servers: {alice: {port: 8888}, bob: {prot: 8889}}}}").report()

    assert "1 problem in 1 file" in report
    assert "bob.prot: no such key" in report


def test_a_problem_of_a_shared_layer_is_told_once(given: Given) -> None:
    project = given(
        {"inventory/lab.yml": "hosts: {a: , b: , c: }", "group_data/all.yml": "index: {wheelhouse: wheels}"},
    )

    assert project.report().endswith("1 problem in 1 file; nothing was sent to any host.")
