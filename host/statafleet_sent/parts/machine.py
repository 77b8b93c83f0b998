"""What the machine itself has, whoever works on it: Stata, folders, room, certificates, uv."""

import os
import pwd
import re
import shutil
from pathlib import Path

from statafleet_sent.wire import Console

LONGEST_CERTIFICATE = 65536


def stata(wanted: str) -> Console:
    """The Stata console to use: the path that was asked for, or the newest and largest one found."""
    if wanted != "auto":
        return Console(wanted, os.access(wanted, os.X_OK) and os.path.isfile(wanted))
    folders = [*Path("/usr/local").glob("stata*"), *Path("/opt").glob("stata*")]
    folders.sort(key=version, reverse=True)
    names = ("stata-mp", "stata-se", "stata")
    beside = [folder / name for folder in folders for name in names]
    on_path = [Path(place) for name in names if (place := shutil.which(name))]
    for path in [*beside, *on_path]:
        if path.is_file() and os.access(path, os.X_OK):
            return Console(str(path), found=True)
    return Console("", found=False)


def version(folder: Path) -> int:
    number = re.search(r"\d+", folder.name)
    return int(number[0]) if number else 0


def tools(root: Path) -> tuple[str, ...]:
    """The versions of uv that are here."""
    folder = root / "tools"
    return tuple(sorted(path.name for path in folder.iterdir() if (path / "uv").exists())) if folder.is_dir() else ()


def free(root: Path) -> int:
    """Bytes that are left where the environments go."""
    there = root
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def certificates() -> bool:
    """Whether the host has certificates of its own, which then are the ones to trust."""
    places = (
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
    )
    return any(os.path.exists(place) for place in places)


def certificate(path: Path) -> str:
    """A certificate that lies on the host, as PEM; empty where it cannot be read."""
    try:
        with path.open(encoding="ascii") as file:
            return file.read(LONGEST_CERTIFICATE)
    except (OSError, ValueError):
        return ""


def missing(directories: dict[str, str]) -> dict[str, str]:
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
