"""What the machine itself has, whoever works on it: Stata, folders, room, certificates, uv."""

import os
import pwd
import re
import shutil
from pathlib import Path

from statafleet_sent.wire import Console

STATA_FOLDERS = ("/usr/local", "/opt")
STATA_PLACES = f"{', '.join(f'{folder}/stata*' for folder in STATA_FOLDERS)} or on PATH"
CA_STORES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
)
LONGEST_CERTIFICATE = 65536


def stata(wanted: str) -> Console:
    """The Stata console to use: the path that was asked for, or the newest and largest one found."""
    if wanted != "auto":
        return Console(wanted, is_program(Path(wanted)))
    folders = [folder for base in STATA_FOLDERS for folder in Path(base).glob("stata*")]
    folders.sort(key=version, reverse=True)
    names = ("stata-mp", "stata-se", "stata")
    beside = [folder / name for folder in folders for name in names]
    on_path = [Path(found) for name in names if (found := shutil.which(name))]
    path = next(filter(is_program, [*beside, *on_path]), None)
    return Console(str(path), found=True) if path else Console("", found=False)


def is_program(path: Path) -> bool:
    return os.path.isfile(path) and os.access(path, os.X_OK)


def version(folder: Path) -> int:
    number = re.search(r"\d+", folder.name)
    return int(number[0]) if number else 0


def uv_versions(root: Path) -> tuple[str, ...]:
    return tuple(sorted(path.parent.name for path in (root / "tools").glob("*/uv")))


def free_bytes(root: Path) -> int:
    """What is left where the environments go."""
    there = root
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def has_ca_store() -> bool:
    """Whether the host has certificates of its own, which then are the ones to trust."""
    return any(map(os.path.exists, CA_STORES))


def certificate(path: Path) -> str:
    """A certificate that lies on the host, as PEM; empty where it cannot be read."""
    try:
        with path.open(encoding="ascii") as file:
            return file.read(LONGEST_CERTIFICATE)
    except (OSError, ValueError):
        return ""


def missing_folders(directories: dict[str, str]) -> dict[str, str]:
    """Owner -> the folder that the server should show, where there is none; `~` is the owner's home."""
    found = {}
    for owner, folder in directories.items():
        try:
            home = pwd.getpwnam(owner).pw_dir
        except KeyError:
            continue
        path = home + folder[1:] if folder == "~" or folder.startswith("~/") else folder
        if os.path.isdir(home) and not os.path.isdir(path):
            found[owner] = path
    return found
