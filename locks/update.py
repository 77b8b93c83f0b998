"""Makes every lock anew; with `--check` says, without a network, which of them are stale.

A lock is resolved for the lowest patch of its Python, because packages move their own floor in
the middle of a minor version (soupsieve: 3.11.5), and for both architectures, which must agree.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
# No host with Python 3.10 or newer has an older glibc than RHEL 8's.
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_28")
NO_DEBUGGER = "locks/no-debugger.txt"


@dataclass(frozen=True)
class Lock:
    """One file that is made from requirements; without platforms it is for any of them."""

    name: str
    sources: tuple[str, ...]
    pythons: tuple[str, ...]
    platforms: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    group: str = ""

    @property
    def path(self) -> Path:
        return ROOT / "locks" / self.name


@dataclass(frozen=True)
class Minimum:
    """The lowest version of a package that may be locked, for the Pythons that it speaks of."""

    package: str
    version: str
    pythons: SpecifierSet
    open_holes: tuple[str, ...]


def server(python: str) -> Lock:
    return Lock(f"server-{python}.txt", ("locks/server.in",), (python,), PLATFORMS, overrides=(NO_DEBUGGER,))


def stata_kernel(python: str) -> Lock:
    return Lock(
        f"stata_kernel-{python}.txt",
        ("locks/stata_kernel.in",),
        (python,),
        PLATFORMS,
        overrides=("locks/stata_kernel-overrides.txt", NO_DEBUGGER),
    )


LOCKS = (
    *(server(python) for python in PYTHONS),
    *(stata_kernel(python) for python in PYTHONS),
    Lock("uv.txt", ("locks/uv.in",), PYTHONS),
    Lock("controller.txt", ("pyproject.toml",), PYTHONS[1:]),
    Lock("dev.txt", ("pyproject.toml", "locks/dev.in"), PYTHONS[1:], overrides=(NO_DEBUGGER,), group="dev"),
)


def lines(text: str) -> list[str]:
    """Return the requirements of a `.in` file or of a lock, without comments and hashes."""
    found = (line.partition("#")[0].strip(" \\") for line in text.splitlines())
    return [line for line in found if line and not line.startswith("--")]


def project(text: str, group: str) -> list[str]:
    settings = tomllib.loads(text)
    found: list[str] = settings["project"]["dependencies"]
    return found + (settings["dependency-groups"][group] if group else [])


def asked(lock: Lock) -> list[str]:
    texts = {source: (ROOT / source).read_text() for source in lock.sources}
    found = (project(text, lock.group) if source.endswith(".toml") else lines(text) for source, text in texts.items())
    return [line for each in found for line in each]


def digest(lock: Lock) -> str:
    """Say what a lock was made from: its requirements and their targets, but no comment."""
    overrides = [line for file in lock.overrides for line in lines((ROOT / file).read_text())]
    inputs = (lock.pythons, lock.platforms, asked(lock), overrides)
    return hashlib.sha256(json.dumps(inputs).encode()).hexdigest()


def applies(requirement: Requirement, python: str) -> bool:
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
    }
    return requirement.marker is None or requirement.marker.evaluate(environment)


def pinned(text: str, python: str) -> dict[str, str]:
    """Return the version of each package that a lock puts on one Python."""
    pins = [pin for pin in map(Requirement, lines(text)) if applies(pin, python)]
    return {canonicalize_name(pin.name): str(pin.specifier).lstrip("=") for pin in pins}


def unmet(asked: list[str], text: str, python: str) -> list[str]:
    pins = pinned(text, python)
    problems = []
    for wanted in map(Requirement, asked):
        version = pins.get(canonicalize_name(wanted.name))
        if applies(wanted, python) and (version is None or version not in wanted.specifier):
            problems.append(f"{wanted} is asked for on Python {python}, {version} is locked")
    return problems


def minimums(text: str) -> list[Minimum]:
    return [
        Minimum(
            canonicalize_name(each["package"]),
            each["version"],
            SpecifierSet(each.get("python", "")),
            tuple(each.get("open", ())),
        )
        for each in tomllib.loads(text)["minimum"]
    ]


def too_old(minimums: list[Minimum], text: str, python: str) -> list[str]:
    pins = pinned(text, python)
    return [
        f"{each.package} {pins[each.package]} is under {each.version}, without known holes"
        for each in minimums
        if each.package in pins
        and python in each.pythons
        and pins[each.package] not in SpecifierSet(f">={each.version}")
    ]


def problems(lock: Lock) -> list[str]:
    if not lock.path.exists():
        return ["it is missing"]
    text = lock.path.read_text()
    floors = minimums((ROOT / "locks/minimum-versions.toml").read_text())
    found = [] if digest(lock) in text else ["what it is made from has changed"]
    for python in lock.pythons:
        found += unmet(asked(lock), text, python) + too_old(floors, text, python)
    return found


def resolved(lock: Lock, target: Sequence[str]) -> str:
    # A machine's own index, mirror or folder of wheels must not decide what is locked.
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "PIP_"))}
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--system-certs", *lock.sources]
    command += ["--generate-hashes", "--no-header", "--only-binary", ":all:", *target]
    command += ["--python-version", f"{lock.pythons[0]}.0"]
    command += [word for file in lock.overrides for word in ("--overrides", file)]
    command += ["--group", lock.group] if lock.group else []
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean | {"UV_NO_CONFIG": "1"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def make(lock: Lock) -> None:
    header = f"# Made by locks/update.py; inputs sha256:{digest(lock)}\n"
    targets = [["--python-platform", each] for each in lock.platforms] or [["--universal"]]
    text, *others = (resolved(lock, target) for target in targets)
    if any(other != text for other in others):
        raise SystemExit(f"{lock.name}: {' and '.join(lock.platforms)} need different packages")
    lock.path.write_text(header + text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say which locks are stale")
    parser.add_argument("names", nargs="*", help="such as dev.txt; without any, every lock")
    given = parser.parse_args()
    chosen = [lock for lock in LOCKS if lock.name in (given.names or [lock.name])]
    if unknown := set(given.names) - {lock.name for lock in LOCKS}:
        parser.error(f"no such lock: {', '.join(sorted(unknown))}")
    if not given.check:
        with ThreadPoolExecutor() as pool:
            list(pool.map(make, chosen))
    found = [f"locks/{lock.name}: {each}" for lock in chosen for each in problems(lock)]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
