"""A release on a host: what it says of itself, and how one gets there."""

import io
import os
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path

from statafleet_sent import wire
from statafleet_sent.parts import files
from statafleet_sent.parts.report import Refused
from statafleet_sent.wire import Description


@dataclass(frozen=True)
class ManifestFile:
    """`mode` is octal."""

    path: str
    sha256: str
    mode: str


@dataclass(frozen=True)
class Manifest:
    """Its own digest is the release's name."""

    files: tuple[ManifestFile, ...]


def current(root: Path) -> str:
    """The id of the release that is switched on, empty where there is none."""
    link = root / "current"
    return os.path.basename(os.path.realpath(link)) if link.is_symlink() else ""


def manifest(folder: Path, name: str) -> Manifest:
    """Of the release `name`, which lies in `folder`; OSError or ValueError where it is not that."""
    path = folder / "manifest.json"
    if not files.sha256(path).startswith(name):
        raise ValueError("not this release's manifest")
    return wire.parse(Manifest, path.read_text())


def description(folder: Path) -> Description:
    """OSError or ValueError where there is none that we understand."""
    return wire.parse(Description, (folder / "release.json").read_text())


def put(root: Path, name: str, archive: bytes, kept: tuple[str, ...] = ()) -> None:
    """Unpack a release and switch to it; `current` leads to a whole release at every instant.

    One that is switched on already, and was damaged, is mended while a second copy stands in for it. The files in
    `kept` it has from the release that is switched on.
    """
    folder = root / "releases" / name
    if folder.exists() and current(root) == name:
        switch(root, unpacked(folder.with_name(f"{name}.stand-in"), name, archive, kept))
    switch(root, unpacked(folder, name, archive, kept))
    shutil.rmtree(folder.with_name(f"{name}.stand-in"), ignore_errors=True)


def unpacked(folder: Path, name: str, archive: bytes, kept: tuple[str, ...]) -> Path:
    """The release in `folder`, which nobody else can enter until every file is as the manifest says."""
    made = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(made, ignore_errors=True)
    folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    made.mkdir(mode=0o700)
    extract_all(made, name, archive)
    for path in kept:
        keep(folder.parents[1] / "current" / path, made / path)
    if wrong := not_as_sent(made, name):
        raise Refused(f"{wrong} of release {name} is not as it was sent; is the disk full?")
    os.sync()
    made.chmod(0o755)
    shutil.rmtree(folder, ignore_errors=True)
    os.rename(made, folder)
    return folder


def extract_all(folder: Path, name: str, archive: bytes) -> None:
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
            for member in opened.getmembers():
                extract(folder, member, opened)
    except tarfile.TarError:
        raise Refused(f"release {name} arrived damaged; run again") from None


def extract(folder: Path, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
    path = folder / member.name
    if member.isdir():
        path.mkdir(mode=0o700)
        path.chmod(member.mode)
        return
    content = archive.extractfile(member)
    write(path, content.read() if content else b"", member.mode)


def keep(before: Path, now: Path) -> None:
    try:
        write(now, before.read_bytes(), before.stat().st_mode & 0o777)
    except FileNotFoundError:
        raise Refused(f"{before} is gone since the host was read; run again") from None


def write(path: Path, content: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content)
        os.fchmod(opened.fileno(), mode)


def not_as_sent(folder: Path, name: str) -> str | None:
    """The first such file: a release is named by its manifest's digest, and the manifest has all others'."""
    try:
        entries = manifest(folder, name).files
    except (OSError, ValueError):
        return "manifest.json"
    return next((entry.path for entry in entries if files.digest(folder / entry.path) != entry.sha256), None)


def switch(root: Path, folder: Path) -> None:
    files.link(root / "current", f"releases/{folder.name}")
