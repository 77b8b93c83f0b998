"""The wheels that we bring to a host ourselves: uv, and our own."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock

from statafleet_sent.wire import UvWheel

from statafleet import carried, named_file
from statafleet.errors import StataFleetError
from statafleet.secrets import pem
from statafleet.settings.model.packages import Index

# Hosts are worked on side by side; what they share is made for the first of them.
ONE_AT_A_TIME = Lock()
_PLATFORMS = {"x86_64": "manylinux_2_17_x86_64", "aarch64": "manylinux_2_17_aarch64"}


class NoWheel(StataFleetError):
    """The wheel of uv cannot be had on the controller."""


def uv(machine: str, known: tuple[str, ...]) -> UvWheel:
    """uv's wheel with its digest; without its content where the host has that version already."""
    folder = f"uv-{uv_version()}"
    if folder in known:
        return UvWheel(folder)
    with ONE_AT_A_TIME:
        return UvWheel(folder, *uv_wheel(machine))


@cache
def uv_wheel(machine: str) -> tuple[str, str]:
    """Its sha256, and its content in base64."""
    content = downloaded(machine).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if f"sha256:{digest}" not in lock().read_text():
        raise NoWheel(f"uv's wheel in {cache_folder()} is not the lock's; delete that folder")
    return digest, base64.b64encode(content).decode()


def uv_version() -> str:
    found = re.search(r"^uv==([\d.]+)", lock().read_text(), re.MULTILINE)
    if found is None:
        raise NoWheel(f"{lock()} names no version of uv")
    return found[1]


def lock() -> Path:
    return carried.folder("locks") / "uv.txt"


def downloaded(machine: str) -> Path:
    """From the controller's cache, or once from its package index; pip checks the lock's hashes each time."""
    if machine not in _PLATFORMS:
        raise NoWheel(f"the host's processor is {machine}; supported: {', '.join(_PLATFORMS)}")
    folder = cache_folder() / f"uv-{uv_version()}-{machine}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "download"]
    command += [
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--platform",
        _PLATFORMS[machine],
    ]
    command += ["--find-links", str(folder), "--dest", str(folder), "--requirement", str(lock())]
    known = list(folder.glob("uv-*.whl"))
    done = subprocess.run([*command, *(["--no-index"] if known else [])], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoWheel(f"uv's wheel cannot be downloaded here:\n{done.stderr.strip()}")
    return next(folder.glob("uv-*.whl"))


def cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "stata-fleet"


def host_wheel() -> dict[str, str]:
    """Our own wheel, made from its sources: file name -> content in base64."""
    with ONE_AT_A_TIME:
        return built_host_wheel()


@cache
def built_host_wheel() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "hatchling",
            "build",
            "--target",
            "wheel",
            "--directory",
            folder,
        ]
        done = subprocess.run(command, cwd=carried.folder("host"), capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if not wheels:
            raise NoWheel(f"our own wheel cannot be built:\n{done.stderr.strip()}")
        return {wheel.name: base64.b64encode(wheel.read_bytes()).decode() for wheel in wheels}


def uv_settings(index: Index, has_ca_store: bool) -> str:
    """uv.toml: a file, since addresses of indexes and proxies may hold passwords."""
    # A hard link would share one file between both environments, so that a write to one changes the other.
    lines = ['link-mode = "copy"', 'python-downloads = "never"', "no-build = true"]
    if has_ca_store or index.ca_bundle:
        lines.append("system-certs = true")
    if index.proxy:
        lines += [
            f"{kind}-proxy = {json.dumps(index.proxy.get_secret_value(), ensure_ascii=False)}"
            for kind in ("https", "http")
        ]
    if index.url:
        lines += [
            "[[index]]",
            f"url = {json.dumps(index.url.get_secret_value(), ensure_ascii=False)}",
            "default = true",
        ]
    return "\n".join(lines) + "\n"


def ca_bundle(index: Index) -> str:
    """Certificates alone, whatever else stands in the file."""
    return pem.certificates(named_file.text(index.ca_bundle) or "") if index.ca_bundle else ""
