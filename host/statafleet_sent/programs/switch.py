"""Unpack a release, verify it, and switch to it in one step."""

import base64
import io
import json
import os
import shutil
import tarfile
import time
from pathlib import Path
from typing import Any

from statafleet_sent.parts import host, lock


def main(payload: dict[str, Any]) -> None:
    root = Path(payload["root"])
    with lock.held(root):
        unpack(root / "releases", payload["id"], base64.b64decode(payload["archive"]))
        before = os.path.basename(os.path.realpath(root / "current")) if (root / "current").exists() else None
        switch(root, payload["id"])
        note(root, before=before, release=payload["id"], who=payload["who"], result="switched")
    host.report()


def unpack(releases: Path, name: str, archive: bytes) -> None:
    """Into a folder that nobody else can enter until every file is as the manifest says."""
    made = releases / f"{name}.tmp"
    shutil.rmtree(made, ignore_errors=True)
    releases.mkdir(mode=0o755, parents=True, exist_ok=True)
    made.mkdir(mode=0o700)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
            for member in opened.getmembers():
                place(made, member, opened)
    except tarfile.TarError:
        host.fail(f"release {name} arrived damaged; run again")
    if wrong := not_as_sent(made, name):
        host.fail(f"{wrong} of release {name} is not as it was sent; is the disk full?")
    os.sync()
    made.chmod(0o755)
    damaged = releases / f"{name}.old"
    shutil.rmtree(damaged, ignore_errors=True)
    if (releases / name).exists():
        os.rename(releases / name, damaged)
    os.rename(made, releases / name)
    shutil.rmtree(damaged, ignore_errors=True)


def not_as_sent(made: Path, name: str) -> str | None:
    """The first such file: a release is named by its manifest's digest, and the manifest has all others'."""
    if not host.digest(made / "manifest.json").startswith(name):
        return "manifest.json"
    entries = json.loads((made / "manifest.json").read_text())["files"]
    return next((entry["path"] for entry in entries if host.digest(made / entry["path"]) != entry["sha256"]), None)


def place(folder: Path, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
    path = folder / member.name
    if member.isdir():
        path.mkdir(mode=0o700)
        path.chmod(member.mode)
        return
    content = archive.extractfile(member)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as opened:
        opened.write(content.read() if content else b"")
        os.fchmod(opened.fileno(), member.mode)


def switch(root: Path, name: str) -> None:
    """`current` points to the old release or to the new one, at every instant."""
    link = root / "current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(f"releases/{name}")
    os.rename(link, root / "current")


def note(root: Path, **entry: Any) -> None:
    """One line of the journal: who, when, from, to, result."""
    line = json.dumps({"when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **entry})
    with (root / "journal.jsonl").open("a") as journal:
        journal.write(line + "\n")
