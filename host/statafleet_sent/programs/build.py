"""Build the virtual environments that are missing: beside their place, verified, then renamed into it."""

import base64
import csv
import hashlib
import os
import shutil
import stat
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from statafleet_sent.parts import host, lock

# 2020-01-01; any would do.
TIME = 1577836800


def main(payload: dict[str, Any]) -> None:
    root = Path(payload["root"])
    with lock.held(root):
        make_folders(root)
        with tempfile.TemporaryDirectory(dir=root, prefix=".building-") as scratch:
            uv = installed_uv(root, payload["uv"])
            settings = Path(scratch) / "uv.toml"
            private(settings, payload["uv_settings"])
            if payload["ca_bundle"]:
                bundle = Path(scratch) / "ca.pem"
                bundle.write_text(payload["ca_bundle"])
                os.environ["SSL_CERT_FILE"] = str(bundle)
            with ThreadPoolExecutor() as pool:
                builds = [pool.submit(build, root, uv, scratch, wanted) for wanted in payload["environments"]]
                for build_ in builds:
                    build_.result()
    host.report()


def private(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def make_folders(root: Path) -> None:
    for folder in (root, root / "environments", root / "releases", root / "tools"):
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)


def installed_uv(root: Path, wheel: dict[str, str]) -> Path:
    """uv from its wheel, whose sha256 comes from the lock."""
    folder = root / "tools" / wheel["folder"]
    if not (folder / "uv").exists():
        content = base64.b64decode(wheel["content"])
        if hashlib.sha256(content).hexdigest() != wheel["sha256"]:
            host.fail("the wheel of uv arrived damaged; run again")
        with tempfile.TemporaryDirectory(dir=root / "tools") as scratch:
            archive = Path(scratch) / "uv.whl"
            archive.write_bytes(content)
            with zipfile.ZipFile(archive) as opened:
                member = next(name for name in opened.namelist() if name.endswith("/scripts/uv"))
                (Path(scratch) / "uv").write_bytes(opened.read(member))
            (Path(scratch) / "uv").chmod(0o755)
            archive.unlink()
            shutil.rmtree(folder, ignore_errors=True)
            Path(scratch).chmod(0o755)
            os.rename(scratch, folder)
            os.mkdir(scratch)  # the context manager removes what it made
    return folder / "uv"


def build(root: Path, uv: Path, scratch: str, wanted: dict[str, Any]) -> None:
    place = root / "environments" / wanted["id"]
    if host.intact(place):
        return
    made = place.with_suffix(".tmp")
    shutil.rmtree(made, ignore_errors=True)
    common = ("--quiet", "--config-file", f"{scratch}/uv.toml", "--cache-dir", f"{scratch}/cache")
    host.run(str(uv), "venv", *common, "--relocatable", "--python", wanted["python"], str(made))
    requirements = Path(scratch) / f"{wanted['id']}.txt"
    requirements.write_text(wanted["lock"])
    install = (
        str(uv),
        "pip",
        "install",
        *common,
        "--python",
        str(made / "bin" / "python"),
        "--no-deps",
    )
    host.run(*install, "--require-hashes", "--requirement", str(requirements))
    for name, content in wanted["wheels"].items():
        wheel = Path(scratch) / name
        wheel.write_bytes(base64.b64decode(content))
        host.run(*install, "--offline", str(wheel))
    bad = damaged(made)
    if bad:
        host.fail(
            f"{len(bad)} files of environment {wanted['id']} are not as published, first {bad[0]}; "
            "is the disk full? Run again once there is room"
        )
    complete_stata_kernel(made)
    settle(made)
    (made / "stamp").write_text(host.stamp(made))
    (made / "stamp").chmod(0o644)
    os.sync()
    shutil.rmtree(place, ignore_errors=True)
    os.rename(made, place)


def damaged(environment: Path) -> list[str]:
    """The files whose content is not what their package's RECORD says. uv's exit status does not tell."""
    bad = []
    for record in environment.glob("lib/python3*/site-packages/*.dist-info/RECORD"):
        base = record.parent.parent
        with record.open(newline="") as lines:
            for name, digest, *_ in csv.reader(lines):
                if digest and not matches(base / name, digest):
                    bad.append(name)
    return bad


def matches(path: Path, digest: str) -> bool:
    kind, _, value = digest.partition("=")
    try:
        found = hashlib.new(kind, path.read_bytes()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(found).rstrip(b"=").decode() == value


def complete_stata_kernel(environment: Path) -> None:
    """stata_kernel 1.14.2 adds this file to the notebook package at its first start; an environment never changes."""
    for script in environment.glob("lib/python3*/site-packages/stata_kernel/codemirror/stata.js"):
        modes = script.parents[2] / "notebook" / "static" / "components" / "codemirror" / "mode" / "stata"
        modes.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(script, modes / script.name)


def settle(environment: Path) -> None:
    """Readable by the owners of the servers, writable by nobody else, whatever umask the build had.

    All files get one time: stata_kernel 1.14.2 replaces pygments' lexer by its own whenever its own is newer.
    """
    for folder, _, files in os.walk(environment):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                os.chmod(path, 0o755 if mode & stat.S_IXUSR else 0o644)
            os.utime(path, (TIME, TIME), follow_symlinks=False)
