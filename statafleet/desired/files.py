"""A release's files: each with its mode, and all of them as one archive."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

PUBLIC, SECRET = 0o644, 0o600


@dataclass(frozen=True)
class File:
    path: str
    content: str = field(repr=False)
    mode: int = PUBLIC

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class KeptFile:
    """One that the host has already, under the same path."""

    path: str
    sha256: str

    @property
    def mode(self) -> int:
        return SECRET if self.path.startswith("secrets/") else PUBLIC


def manifest(files: Iterable[File | KeptFile]) -> File:
    entries = [{"path": file.path, "sha256": file.sha256, "mode": f"{file.mode:o}"} for file in files]
    # Its digests would tell who shares a secret.
    return File("manifest.json", json.dumps({"files": entries}, indent=1) + "\n", SECRET)


def packed(files: Sequence[File], kept: Sequence[KeptFile] = ()) -> bytes:
    """One tar file, folders first, also those of what is kept; folders that lead to secrets are closed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for folder in folders((*files, *kept)):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = (
                tarfile.DIRTYPE,
                0o700 if folder.startswith("secrets") else 0o755,
            )
            opened.addfile(member)
        for file in files:
            content = file.content.encode()
            member = tarfile.TarInfo(file.path)
            member.size, member.mode = len(content), file.mode
            opened.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def folders(files: Iterable[File | KeptFile]) -> list[str]:
    found = set()
    for file in files:
        parts = file.path.split("/")[:-1]
        found |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return sorted(found)
