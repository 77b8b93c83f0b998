"""Base images: one unpacked Debian per release, made once and kept outside the checkout.

The folder's name carries a hash of the package list, so that a changed list makes a new image.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# libpam-systemd: without it nobody has a systemd of their own (`systemctl --user`).
PACKAGES = (
    "systemd",
    "systemd-sysv",
    "libpam-systemd",
    "dbus",
    "openssh-server",
    "sudo",
    "ca-certificates",
    "iproute2",
    "python3",
    "procps",
)
# What the README asks of the machine that somebody tries this on.
BARE_MACHINE = (*PACKAGES, "git", "make", "python3-venv")


def cache() -> Path:
    return Path(os.environ.get("STATA_FLEET_CACHE", "/var/cache/stata-fleet"))


def base(suite: str, packages: tuple[str, ...]) -> Path:
    """The image of a release; building it takes about half a minute, once."""
    fingerprint = hashlib.sha256(",".join(packages).encode()).hexdigest()[:12]
    image = cache() / f"{suite}-{fingerprint}"
    with _locked(image.with_name(f"{image.name}.lock")):
        if not image.exists():
            _build(suite, packages, image)
    return image


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(suite: str, packages: tuple[str, ...], image: Path) -> None:
    unfinished = image.with_name(f"{image.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    done = subprocess.run(
        ["mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", suite, unfinished],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"mmdebstrap could not build {suite}:\n{done.stderr[-3000:]}")
    unfinished.rename(image)
