"""The Jinja templates, by the name of the file that they make."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from statafleet import carried


def literal(value: str) -> str:
    """Text in a systemd unit whose percent signs are no specifiers."""
    return value.replace("%", "%%")


def word(value: str) -> str:
    """One word of a systemd unit, whatever is in it."""
    escaped = literal(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_environment = Environment(
    loader=FileSystemLoader(carried.folder("templates")),
    undefined=StrictUndefined,
    trim_blocks=True,
    keep_trailing_newline=True,
    autoescape=False,  # noqa: S701 - these make configuration files, not pages
)
_environment.filters["python"] = repr
_environment.filters["literal"] = literal
_environment.filters["word"] = word


def render(name: str, **values: Any) -> str:
    """The text of the file `name`; a value that the template asks for and does not get is an error."""
    return _environment.get_template(f"{Path(name).name}.j2").render(**values)
