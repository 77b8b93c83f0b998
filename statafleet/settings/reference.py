"""The models as documentation and as JSON Schemas; `python -m statafleet.settings.reference` writes them all."""

from __future__ import annotations

import json
import pathlib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from statafleet.settings.model.fleet import GroupData, HostEntry, InventoryFile
from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET
from statafleet.settings.model.service_managers import ABILITIES, SERVICE_MANAGERS
from statafleet.settings.problems.problem import dotted
from statafleet.settings.problems.schema import allowed, fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic.fields import FieldInfo

    from statafleet.settings.text.node import Path

INTRODUCTION = """\
# Settings

<!-- Made by `python -m statafleet.settings.reference`; edit the models, not this file. -->

`inventory/*.yml` name the hosts and are read together; `STATA_FLEET_INVENTORY` names another file or folder, from the
current folder on. Every `stata-fleet` command means the hosts that `pyinfra inventory.py deploy.py` means, in any
folder of the project: the nearest one, upwards, with YAML in `inventory/` or with stata-fleet's `inventory.py`. Where
there is none, this machine alone is meant. What is not the current folder's own is told before anything is done.

```yaml
hosts:
  econ1.lab.example:
    groups: [compute]
    ssh: {user: admin, key: ~/.ssh/lab}
    sudo: true
    servers:
      alice: {password: {file: secrets/alice}}
      bob: {password: {file: secrets/bob}, directory: /data/bob}
    stata: {path: /usr/local/stata18/stata-mp}
```

A host is anything that pyinfra connects to: an ssh name, `@local`, `@docker/…`.

## Layers

Later ones win: the defaults below, `group_data/all.yml`, `group_data/<group>.yml` in the order of the host's `groups`,
`group_data/<host>.yml`, the host's own entry, pyinfra's `--data KEY=VALUE` (`--data jupyter.interface=notebook`). Maps
merge deeply, lists and single values replace, and a `password` or a `tls` replaces the one below it as a whole. An
account's own keys under `servers` win over `jupyter` of any layer.

`group_data/<name>.py` has the same place as `<name>.yml`: it is run, and its names that are settings are read; the
others are pyinfra's.

Relative paths start from the folder of the file that names them (`--data`: from the project's folder).

## Mistakes

Every mistake in every file is reported at once, with its place and its fix, before any connection:

```
inventory/lab.yml:5:24: hosts.econ1.ssh.prot: no such key
    given:    prot: 22
    allowed:  key, port, user
    fix:      did you mean `port`?
1 problem in 1 file; nothing was sent to any host.
```
"""


def documentation() -> str:
    return "\n".join(
        [
            INTRODUCTION,
            "## Of a host's own entry\n",
            *_table(HostEntry, lambda path: path[0] not in GroupData.model_fields),
            "\n## Of any layer\n",
            *_table(GroupData, lambda path: "*" not in path),
            "\n## Service managers\n",
            *_service_managers(),
            "\n## Not supported yet\n",
            *(f"- `{key.replace('=', ': ', 1)}`: {what}" for key, what in NOT_SUPPORTED_YET.items()),
            "",
        ],
    )


def json_schema(model: type[BaseModel], title: str) -> str:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    schema["title"] = title
    return json.dumps(_for_editors(schema), indent=2, ensure_ascii=False) + "\n"


def written() -> Mapping[str, str]:
    """Every file that is made from the models, by its path in the project."""
    return {
        "docs/settings.md": documentation(),
        "schema/inventory.schema.json": json_schema(InventoryFile, "stata-fleet: inventory"),
        "schema/group_data.schema.json": json_schema(GroupData, "stata-fleet: group data"),
    }


def _table(model: type[BaseModel], wanted: Callable[[Path], bool]) -> Iterator[str]:
    yield "| key | default | allowed | |"
    yield "|---|---|---|---|"
    for path, field in fields(model):
        if wanted(path):
            row = (f"`{dotted(path)}`", _default(field), allowed(field) or "", field.description or "")
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _service_managers() -> Iterator[str]:
    """What each can; what is asked beyond that is a mistake in the settings."""
    yield "A server that is asked for more than its service manager can do is reported as a mistake.\n"
    known = [each for each in SERVICE_MANAGERS if f"service={each.name}" not in NOT_SUPPORTED_YET]
    yield "| can it … | " + " | ".join(f"{each.name} (`scope: {each.scope}`)" for each in known) + " |"
    yield "|---" * (len(known) + 1) + "|"
    for ability, what in ABILITIES.items():
        yield f"| {what} | " + " | ".join("yes" if ability in each.can else "no" for each in known) + " |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if value is None or isinstance(value, BaseModel) or value in ({}, ()):
        return ""
    return f"`{json.dumps(value) if isinstance(value, bool) else value}`"


def _for_editors(schema: Any) -> Any:
    """Without our own words, and with a map or a list that may be left empty, as YAML leaves it."""
    if isinstance(schema, list):
        return [_for_editors(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _for_editors(value) for key, value in schema.items() if not _is_ours(key, value)}
    if kept.get("type") in ("object", "array"):
        kept["type"] = [kept["type"], "null"]
    return kept


def _is_ours(key: str, value: Any) -> bool:
    return key in ("allowed", "writeOnly") and not isinstance(value, dict)


def main() -> None:
    project = pathlib.Path(__file__).parents[2]
    for name, text in written().items():
        (project / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
