from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from statafleet.settings.model.fields import CONTROLLER_PATH, EITHER_PATH
from statafleet.settings.model.fleet import HostEntry, InventoryFile
from statafleet.settings.problems.problem import dotted
from statafleet.settings.problems.schema import allowed, fields
from statafleet.settings.reference import written

REPOSITORY = Path(__file__).parents[3]
YAML = [
    REPOSITORY / "inventory/local.yml",
    *sorted(REPOSITORY.glob("examples/*/inventory/*.yml")),
    *sorted(REPOSITORY.glob("examples/*/group_data/*.yml")),
]


@pytest.mark.parametrize("name", list(written()))
def test_what_is_made_from_the_models_is_current(name: str) -> None:
    assert (REPOSITORY / name).read_text(encoding="utf-8") == written()[name], (
        "run `python -m statafleet.settings.reference`"
    )


@pytest.mark.parametrize("path", YAML, ids=lambda path: path.name)
def test_an_editor_finds_nothing_wrong_with_our_own_files(path: Path) -> None:
    first, text = path.read_text().split("\n", 1)
    schema = json.loads((path.parent / first.partition("$schema=")[2]).read_text())

    jsonschema.validate(yaml.safe_load(text), schema)


@pytest.mark.parametrize(
    "wrong",
    [{"hosts": {"a": {"prot": 1}}}, {"hosts": {"a": {"jupyter": {"port": "1"}}}}, {"host": {}}],
)
def test_an_editor_finds_what_we_find(wrong: Any) -> None:
    schema = json.loads(written()["schema/inventory.schema.json"])

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(("path", "field"), list(fields(InventoryFile)), ids=lambda part: str(part)[:50])
def test_every_field_is_described_and_its_example_is_right(path: tuple[str, ...], field: Any) -> None:
    *above, name = [{"*": "x1"}.get(step, step) for step in path]
    value: Any = field.examples[0]
    if path[-2:] == ("tls", "certificate"):
        value, name = {"certificate": value, "key": "k"}, above.pop()
    if path[-2:] == ("tls", "key"):
        value, name = {"certificate": "c", "key": value}, above.pop()
    for step in (name, *reversed(above)):
        value = {step: value}

    assert InventoryFile.model_validate(value)
    assert field.description.endswith(".")
    assert allowed(field)


def test_every_path_on_the_controller_is_known_as_one() -> None:
    paths = {dotted(path) for path, field in fields(HostEntry) if allowed(field) == CONTROLLER_PATH}

    assert paths >= {"ssh.key", "packages.server", "packages.kernel", "index.ca_bundle"}
    assert paths >= {"servers.*.password.file"}
    either = {dotted(path) for path, field in fields(HostEntry) if allowed(field) == EITHER_PATH}
    assert either >= {"jupyter.tls.key", "servers.*.tls.key"}
