"""The two virtual environments of a host: what is in them gives them their names."""

import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from statafleet import carried
from statafleet.desired.answers import Answers

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


@dataclass(frozen=True)
class Environment:
    """`kind` is `server` or `kernel`; `carries_host_wheel` says whether our own wheel is installed into it."""

    kind: str
    id: str
    lock: str = field(repr=False)
    carries_host_wheel: bool


def environment(kind: str, answers: Answers, extra: str | None) -> Environment:
    """`extra` is the path of the operator's own lock of further packages, on the controller."""
    text = lock(kind, answers.python_version) + (Path(extra).read_text() if extra else "")
    with_wheel = kind == "server"
    parts = (text, answers.python, answers.machine, host_wheel_digest() if with_wheel else "")
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return Environment(kind, f"{kind}-{answers.python_version}-{digest}", text, with_wheel)


@cache
def lock(kind: str, python_version: str) -> str:
    return (carried.folder("locks") / f"{kind}-{python_version}.txt").read_text()


@cache
def host_wheel_digest() -> str:
    """Of the wheel's sources: building it each time to ask whether it changed would cost half a second."""
    digest = hashlib.sha256()
    base = carried.folder("host")
    folders = ("statafleet_host", "jupyter_server_config.d", "labsettings")
    sources = [path for name in folders for path in (base / name).rglob("*") if path.suffix in (".py", ".json")]
    for path in sorted([base / "pyproject.toml", *sources]):
        digest.update(f"{path.relative_to(base)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()
