"""The first thing that a host's Python runs: it reads our modules from standard input and runs the program asked for.

Modules are registered by their names, so that they import each other here as they do where they were written.
"""

import base64
import json
import os
import sys
import threading
import types
import typing
import zlib
from typing import Any


def register(name: str, text: str) -> None:
    module = types.ModuleType(name)
    sys.modules[name] = module
    parent, _, leaf = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], leaf, module)
    exec(compile(text, name, "exec"), module.__dict__)


def end_after(seconds: int) -> None:
    """At once, whatever we wait for: what we hold is the kernel's to give back.

    A signal's handler would wait as well, where /proc makes us wait until we are killed.
    """

    def end() -> None:
        os.write(2, f"not done within {seconds} seconds\n".encode())
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def main() -> None:
    sent: dict[str, Any] = json.loads(sys.stdin.readline())
    end_after(sent["seconds"])
    for name, text in json.loads(zlib.decompress(base64.b64decode(sent["modules"]))):
        register(name, text)
    program = sys.modules[f"statafleet_sent.programs.{sent['program']}"].main
    wire, report = (sys.modules[f"statafleet_sent.{name}"] for name in ("wire", "parts.report"))
    question = wire.read(typing.get_type_hints(program)["question"], sent["question"])
    try:
        sys.stdout.write(wire.dumped(program(question)) + "\n")
    except (report.Refused, OSError) as reason:
        sys.exit(str(reason))


if __name__ == "__main__":
    main()
