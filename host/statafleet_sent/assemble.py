"""The first thing that a host's Python runs: it reads our programs from standard input and starts the one asked for.

Modules are registered by their names, so that they import each other here as they do where they were written.
"""

import json
import sys
import types
from typing import Any


def register(name: str, text: str) -> None:
    module = types.ModuleType(name)
    sys.modules[name] = module
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, module)
    exec(compile(text, name, "exec"), module.__dict__)


def main() -> None:
    sent: dict[str, Any] = json.loads(sys.stdin.readline())
    for name, text in sent["modules"]:
        register(name, text)
    sent["payload"].setdefault("python", sys.argv[1])
    try:
        sys.modules[f"statafleet_sent.programs.{sent['program']}"].main(sent["payload"])
    except sys.modules["statafleet_sent.parts.host"].Problem as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
