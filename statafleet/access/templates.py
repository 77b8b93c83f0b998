"""The templates of this room; what goes into a page is escaped, what goes into a command file is not."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from statafleet import carried
from statafleet.access import ssh, trouble


def filled(name: str, **values: Any) -> str:
    return _environment().get_template(f"{name}.j2").render(**values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(carried.folder("templates") / "access"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=_is_a_page,  # noqa: S701 - the others are no pages
    )
    made.filters |= {"command": ssh.shown, "batch": _in_batch}
    made.globals |= {"remedies": trouble.remedies}
    return made


def _is_a_page(name: str | None) -> bool:
    return name is not None and name.endswith(".html.j2")


def _in_batch(text: str) -> str:
    return text.replace("%", "%%")
