"""How a program reaches a host's Python: as the first line of its standard input.

Nothing of it is in an argument list, which sudo's log and every account on the host could read.
"""

import ast
import base64
import json
import shlex
import zlib
from collections.abc import Iterator
from functools import cache
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from statafleet_sent import wire

PROGRAMS = "statafleet_sent.programs"
OURS = ("statafleet_sent", "statafleet_host")
# How long a program may take on a host. Building downloads; all servers of a host are stopped, started and asked.
SECONDS = {"observe": 120, "build": 1800, "switch": 300, "serve": 1800, "gate": 1800, "settle": 300, "remove": 1800}

# Newest first after the distribution's own, which is the one that its security updates reach.
_PYTHONS = "python3 python3.14 python3.13 python3.12 python3.11 python3.10"


def command(python: str) -> str:
    """The shell's part. `python` is `auto` or a path; exits 0 and says `unusable: …` where there is none."""
    wanted = _PYTHONS if python == "auto" else shlex.quote(python)
    return f"set -- {wanted}\nloader={shlex.quote(source('statafleet_sent.assemble'))}\n{start()}"


@cache
def start() -> str:
    """What finds a Python, without the lines that are for readers."""
    text = Path(str(_spec("statafleet_sent").origin)).with_name("start.sh").read_text()
    return "".join(line for line in text.splitlines(keepends=True) if not line.lstrip().startswith("#"))


def line(program: str, question: Any) -> str:
    """Standard input for `command`."""
    sent = {"modules": packed(program), "program": program, "seconds": SECONDS[program]}
    return json.dumps({**sent, "question": wire.plain(question)})


@cache
def packed(program: str) -> str:
    """Its modules in a third of their size."""
    return base64.b64encode(zlib.compress(json.dumps(modules(program)).encode(), 9)).decode()


def modules(program: str) -> tuple[tuple[str, str], ...]:
    """The program and what it imports of ours, each after all that it imports; packages are empty."""
    wanted: dict[str, str] = {}
    _add(f"{PROGRAMS}.{program}", wanted)
    return tuple(wanted.items())


def _add(name: str, wanted: dict[str, str]) -> None:
    text = source(name)
    for imported in _imports(text):
        if imported not in wanted:
            _add(imported, wanted)
    for package in _packages(name):
        wanted.setdefault(package, "")
    wanted[name] = text


def _imports(text: str) -> Iterator[str]:
    """Modules of ours: `from package import module`, or `from package.module import name`."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.ImportFrom) and statement.module and statement.module.startswith(OURS):
            package = _spec(statement.module).submodule_search_locations is not None
            yield from (
                (f"{statement.module}.{each.name}" for each in statement.names) if package else [statement.module]
            )


def _packages(name: str) -> list[str]:
    steps = name.split(".")
    return [".".join(steps[:depth]) for depth in range(1, len(steps))]


@cache
def source(name: str) -> str:
    return Path(str(_spec(name).origin)).read_text()


def _spec(name: str) -> ModuleSpec:
    found = find_spec(name)
    if found is None:
        raise ModuleNotFoundError(name)
    return found
