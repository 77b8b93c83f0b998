"""Digests of files, stamps of folders, and the ways to put a file or a link there at one instant."""

import hashlib
import os
from pathlib import Path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(path: Path) -> str:
    """Empty where there is no such file."""
    try:
        return sha256(path)
    except OSError:
        return ""


def private(path: Path, text: str) -> None:
    """A new file that only its owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def replace(path: Path, text: str) -> None:
    """The old file or the new one at every instant, and only its owner may read it."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    private(new, text)
    os.rename(new, path)


def copy(path: Path, source: Path) -> None:
    """The old file or the new one at every instant, which everybody may read."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.write_bytes(source.read_bytes())
    new.chmod(0o644)
    os.rename(new, path)


def link(path: Path, target: Path | str) -> None:
    """A link that leads to where it led or to `target`, at every instant."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.rename(new, path)


def stamp(environment: Path) -> str:
    """A digest of every file's name, size and time: 20,000 files in 0.1 s, where reading them takes 0.5 s.

    Byte code is left out: it is made later, elsewhere, and proves nothing.
    """
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(environment):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        with os.scandir(folder) as entries:
            known = {entry.name: entry.stat(follow_symlinks=False) for entry in entries}
        for name in sorted(files):
            if name != "stamp" or folder != str(environment):
                facts = known[name]
                line = f"{folder[len(str(environment)) :]}/{name} {facts.st_size} {facts.st_mtime_ns}\n"
                digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def intact(environment: Path) -> bool:
    """Whether nothing was removed, cut short or edited since the environment was verified."""
    try:
        return (environment / "stamp").read_text() == stamp(environment)
    except (OSError, ValueError):
        return False
