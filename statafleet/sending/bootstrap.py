"""How a program reaches a host's Python: as the first line of its standard input.

Nothing of it is in an argument list, which sudo's log and every account on the host could read.
"""

import ast
import json
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import statafleet_sent

from statafleet import carried
from statafleet.secrets.secret import Secret

PROGRAMS = "statafleet_sent.programs"
OURS = ("statafleet_sent", "statafleet_host")

# Newest first after the distribution's own, which is the one that its security updates reach.
_PYTHONS = "python3 python3.14 python3.13 python3.12 python3.11 python3.10"

FINDER = """
for python in {wanted}; do
  path=$(command -v "$python") || continue
  if "$path" -c "import sys; sys.exit(sys.version_info < (3, 10))" 2>/dev/null; then
    exec "$path" -I -c {loader} "$path"
  fi
  found="${{found:+$found, }}$("$path" --version 2>&1) at $path"
done
echo "unusable: Python 3.10 or newer is needed; found: ${{found:-none}}. Install one, or name it with \\`python:\\`."
"""


def command(python: str) -> str:
    """The shell's part. `python` is `auto` or a path; exits 0 and says `unusable: …` where there is none."""
    wanted = _PYTHONS if python == "auto" else shlex.quote(python)
    return FINDER.format(wanted=wanted, loader=shlex.quote(source("statafleet_sent.assemble"))).strip()


def line(program: str, payload: dict[str, Any]) -> str:
    """Standard input for `command`, the one place where a payload's secrets are revealed."""
    sent = {"modules": modules(program), "program": program, "payload": payload}
    return json.dumps(sent, default=Secret.reveal)


@cache
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
            whole = [f"{statement.module}.{alias.name}" for alias in statement.names]
            yield from (name for name in whole if _is_module(name))
            if not all(map(_is_module, whole)):
                yield statement.module


def _packages(name: str) -> list[str]:
    steps = name.split(".")
    return [".".join(steps[:depth]) for depth in range(1, len(steps))]


def _is_module(name: str) -> bool:
    return _file(name).is_file()


@cache
def source(name: str) -> str:
    return _file(name).read_text()


def _file(name: str) -> Path:
    """What is only sent is a package here too; what is also installed on hosts is carried as its sources."""
    package = statafleet_sent.__name__
    base = Path(statafleet_sent.__file__).parents[1] if name.startswith(package) else carried.folder("host")
    return base / f"{name.replace('.', '/')}.py"
