"""Whatever the files hold, loading gives a fleet or a report, and never anything else."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from statafleet.errors import SettingsError
from statafleet.inventory.load import load
from statafleet.settings.model.fleet import HostEntry, InventoryFile
from statafleet.settings.problems.schema import fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from statafleet.inventory.fleet import Fleet

PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])

# `command` is left out: what it is given here would be run.
NAMES = sorted({str(path[-1]) for path, _ in fields(InventoryFile)} - {"command", "*"})
WORDS = ["alice", "econ1", "ServerApp", "compute", "all", "@local", "a b", "", "prot", "<<", "~"]
KEYS = st.sampled_from(NAMES + WORDS) | st.text(max_size=5)
EXAMPLES = [field.examples[0] for path, field in fields(HostEntry) if field.examples and path[-1] != "command"]
SCALARS = st.one_of(
    st.sampled_from([*EXAMPLES, "socket", "10.0.0.1", "user", "$2b$12$x", 0, -1, 65536, 1e400, None]),
    st.none() | st.booleans() | st.integers() | st.floats(),
    st.text(max_size=20),
)
TREES = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=5),
    max_leaves=20,
)
ENTRIES = st.fixed_dictionaries({}, optional=dict.fromkeys(HostEntry.model_fields, TREES))
NEARLY_RIGHT = st.fixed_dictionaries(
    {},
    optional={
        "groups": st.lists(st.sampled_from(["compute", "all", "econ1", 3]), max_size=2),
        "servers": st.dictionaries(st.sampled_from(["alice", "bob", "a b"]), TREES, max_size=3),
        "jupyter": st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=4),
        "stata": st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=4),
        "scope": st.sampled_from(["user", "system", None, 1]),
    },
)
HOSTS = st.dictionaries(st.sampled_from(["econ1", "econ2", "@local", "compute"]), ENTRIES | NEARLY_RIGHT)
INVENTORIES = st.builds(lambda hosts: {"hosts": hosts}, HOSTS) | TREES
ARGUMENTS = st.lists(
    st.builds("{}={}".format, st.sampled_from(["jupyter.port", "jupyter", "servers.a.port", "index"]), SCALARS)
    | st.text(max_size=20),
    max_size=2,
)


def loads(files: Mapping[str, bytes], arguments: list[str] | None = None) -> Fleet | SettingsError:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        try:
            return load(Path(folder), account="me", overrides=arguments or [])
        except SettingsError as error:
            str(error).encode()
            return error


def dumped(tree: Any) -> bytes:
    return yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "surrogatepass")


@PATIENT
@given(st.binary(max_size=200))
def test_any_bytes_are_a_fleet_or_a_report(content: bytes) -> None:
    assert loads({"inventory/a.yml": content, "group_data/all.yml": content})


@PATIENT
@given(st.text(alphabet="hosts: econ1\n\t{}[]&*!|>'\"%@`#?,-0<.~xé\\u", max_size=80))
def test_any_text_of_yamls_letters_is_a_fleet_or_a_report(text: str) -> None:
    assert loads({"inventory/a.yml": f"hosts:\n  econ1: {text}".encode(), "group_data/all.yml": text.encode()})


@PATIENT
@given(INVENTORIES, TREES, NEARLY_RIGHT, ARGUMENTS)
def test_any_structure_is_a_fleet_or_a_report(hosts: Any, everywhere: Any, group: Any, arguments: list[str]) -> None:
    assert loads(
        {
            "inventory/a.yml": dumped(hosts),
            "group_data/all.yml": dumped(everywhere),
            "group_data/compute.yml": dumped(group),
        },
        arguments,
    )


@PATIENT
@given(TREES, TREES)
def test_any_python_group_data_is_a_fleet_or_a_report(jupyter: Any, servers: Any) -> None:
    text = f"inf = nan = 0.5\njupyter = {jupyter!a}\nservers = {servers!a}\n"
    assert loads({"inventory/a.yml": b"hosts: {econ1: }", "group_data/all.py": text.encode()})


@PATIENT
@given(HOSTS, TREES)
def test_no_report_shows_what_stands_under_a_password(hosts: dict[str, Any], tree: Any) -> None:
    tree = {"hosts": {**hosts, "econ1": {"jupyter": {"password": {"hash": "hunter2", "env": tree}}}}}

    outcome = loads({"inventory/a.yml": dumped(tree)})

    assert isinstance(outcome, SettingsError)
    assert "hunter2" not in str(outcome)
