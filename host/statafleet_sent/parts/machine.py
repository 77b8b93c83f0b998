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
# The default for all, or a tag of one rule.
LOGS_INPUT = re.compile(r"^[^#\n]*(?<![!\w])(log_input|log_stdin|LOG_INPUT)\b", re.MULTILINE)


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


def folders(directories: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Owner -> the home, and the folder that the server should show, where there is such an account."""
    found = {}
    for owner, folder in directories.items():
        try:
            home = pwd.getpwnam(owner).pw_dir
        except KeyError:
            continue
        found[owner] = (home, home + folder[1:] if folder == "~" or folder.startswith("~/") else folder)
    return found


def missing_folders(directories: dict[str, str]) -> dict[str, str]:
    """Owner -> the folder that the server should show, where there is none; a home is another matter."""
    known = folders(directories).items()
    return {owner: shown for owner, (home, shown) in known if os.path.isdir(home) and not os.path.isdir(shown)}


def sudo_logs_input() -> bool:
    """Whether we came by a sudo whose own files say that it may record what programs read; LDAP's are not seen."""
    files = [Path("/etc/sudoers"), *Path("/etc/sudoers.d").glob("*")]
    return "SUDO_USER" in os.environ and any(LOGS_INPUT.search(text(file)) for file in files)


def text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
