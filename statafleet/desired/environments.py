"""The virtual environments of a host: what is in them gives them their names."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from statafleet_sent.wire import Completion

from statafleet import carried
from statafleet.desired.answers import Answers
from statafleet.desired.kernels.kernel import Kernel
from statafleet.settings.model.packages import ExtraPackages

PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
SERVER = "server"


@dataclass(frozen=True)
class Environment:
    """`completion` names what is done in it after its packages are in; `carries_host_wheel`: our own wheel is one."""

    name: str
    id: str
    lock: str = field(repr=False)
    completion: Completion
    carries_host_wheel: bool


def environments(kernel: Kernel | None, packages: ExtraPackages, answers: Answers) -> Mapping[str, Environment]:
    """By name: the servers', and the kernel's."""
    made = [environment(SERVER, packages.server, answers, carries_host_wheel=True)]
    if kernel:
        made.append(environment(kernel.name, packages.kernel, answers, completion=kernel.completion))
    return {each.name: each for each in made}


def environment(
    name: str, packages: str, answers: Answers, *, completion: Completion = "", carries_host_wheel: bool = False
) -> Environment:
    """`packages` is the operator's own lock of further packages."""
    text = lock(name, answers.python_version) + packages
    parts = (text, answers.python, answers.machine, host_wheel_digest() if carries_host_wheel else "", completion)
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    return Environment(name, f"{name}-{answers.python_version}-{digest}", text, completion, carries_host_wheel)


@cache
def lock(name: str, python_version: str) -> str:
    return (carried.folder("locks") / f"{name}-{python_version}.txt").read_text()


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
