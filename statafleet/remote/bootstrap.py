"""How a program reaches a host's Python: as the first line of its standard input.

Nothing of it is in an argument list, which sudo's log and every account on the host could read.
"""

import json
import shlex
from functools import cache
from pathlib import Path
from typing import Any

_MODULES = ("host", "lock", "listeners", "machine", "snapshot", "environment", "release", "service", "gate", "remove")

# Runs on the host. Modules are registered by name, so that they import each other as they do here.
LOADER = """
import json, sys, types
sent = json.loads(sys.stdin.readline())
for name, text in sent["modules"]:
    module = types.ModuleType(name)
    sys.modules[name] = module
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, module)
    exec(compile(text, name, "exec"), module.__dict__)
sent["payload"].setdefault("python", sys.argv[1])
try:
    sys.modules["statafleet.remote." + sent["program"]].main(sent["payload"])
except sys.modules["statafleet.remote.host"].Problem as problem:
    sys.exit(str(problem))
"""

# Newest first after the distribution's own, which is the one that its security updates reach.
_PYTHONS = "python3 python3.14 python3.13 python3.12 python3.11 python3.10"

FINDER = """
for python in {wanted}; do
  path=$(command -v "$python") || continue
  if "$path" -c "import sys; sys.exit(sys.version_info < (3, 10))" 2>/dev/null; then
    exec "$path" -I -c '{loader}' "$path"
  fi
  found="${{found:+$found, }}$("$path" --version 2>&1) at $path"
done
echo "unusable: Python 3.10 or newer is needed; found: ${{found:-none}}. Install one, or name it with \\`python:\\`."
"""


def command(python: str) -> str:
    """The shell's part. `python` is `auto` or a path; exits 0 and says `unusable: …` where there is none."""
    wanted = _PYTHONS if python == "auto" else shlex.quote(python)
    return FINDER.format(wanted=wanted, loader=LOADER).strip()


def line(program: str, payload: dict[str, Any]) -> str:
    """Standard input for `command`."""
    return json.dumps({"modules": modules(), "program": program, "payload": payload})


@cache
def modules() -> list[tuple[str, str]]:
    folder = Path(__file__).parent
    packages = [("statafleet", ""), ("statafleet.remote", "")]
    return packages + [(f"statafleet.remote.{name}", (folder / f"{name}.py").read_text()) for name in _MODULES]
