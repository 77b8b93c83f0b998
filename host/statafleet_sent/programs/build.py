"""Build the virtual environments that are missing: beside their place, verified, then renamed into it."""

import base64
import csv
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from statafleet_sent.parts import files, lease
from statafleet_sent.parts.report import Refused, run
from statafleet_sent.wire import BuildQuestion, Done, EnvironmentWanted, UvWheel

# 2020-01-01; any would do.
TIME = 1577836800


def main(question: BuildQuestion) -> Done:
    root = Path(question.root)
    with lease.held(root, question.lease):
        for name in ("environments", "tools"):
            (root / name).mkdir(mode=0o755, exist_ok=True)
        uv = installed_uv(root, question.uv)
        with tempfile.TemporaryDirectory(dir=root, prefix=".building-") as scratch:
            prepare(Path(scratch), question)
            with ThreadPoolExecutor() as pool:
                builds = [pool.submit(build, root, uv, scratch, wanted) for wanted in question.environments]
                for each in builds:
                    each.result()
    return Done()


def prepare(scratch: Path, question: BuildQuestion) -> None:
    """What all builds share."""
    files.private(scratch / "uv.toml", question.uv_settings)
    if question.ca_bundle:
        bundle = scratch / "ca.pem"
        bundle.write_text(question.ca_bundle)
        os.environ["SSL_CERT_FILE"] = str(bundle)


def installed_uv(root: Path, wheel: UvWheel) -> Path:
    """uv from its wheel, whose sha256 comes from the lock."""
    folder = root / "tools" / wheel.folder
    if not (folder / "uv").exists():
        content = base64.b64decode(wheel.content)
        if hashlib.sha256(content).hexdigest() != wheel.sha256:
            raise Refused("the wheel of uv arrived damaged; run again")
        made = folder.with_name(f".{folder.name}.tmp")
        for path in (folder, made):
            shutil.rmtree(path, ignore_errors=True)
        made.mkdir(mode=0o755)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
            (made / "uv").write_bytes(archive.read(member))
        (made / "uv").chmod(0o755)
        os.rename(made, folder)
    return folder / "uv"


def build(root: Path, uv: Path, scratch: str, wanted: EnvironmentWanted) -> None:
    there = root / "environments" / wanted.id
    if files.intact(there):
        return
    made = there.with_name(f"{wanted.id}.tmp")
    shutil.rmtree(made, ignore_errors=True)
    install(made, str(uv), Path(scratch), wanted)
    if bad := damaged(made):
        raise Refused(
            f"{len(bad)} files of environment {wanted.id} are not as published, first {bad[0]}; "
            "is the disk full? Run again once there is room"
        )
    if wanted.completion == "stata_kernel":
        complete_stata_kernel(made)
    level(made)
    (made / "stamp").write_text(files.stamp(made))
    (made / "stamp").chmod(0o644)
    os.sync()
    put(made, there)


def install(made: Path, uv: str, scratch: Path, wanted: EnvironmentWanted) -> None:
    """All packages of the lock, and then our own wheels."""
    common = ("--quiet", "--config-file", f"{scratch}/uv.toml", "--cache-dir", f"{scratch}/cache")
    run(uv, "venv", *common, "--relocatable", "--python", wanted.python, str(made))
    pip = (uv, "pip", "install", *common, "--no-deps", "--python", str(made / "bin" / "python"))
    requirements = scratch / f"{wanted.id}.txt"
    requirements.write_text(wanted.lock)
    run(*pip, "--require-hashes", "--requirement", str(requirements))
    for name, content in wanted.wheels.items():
        wheel = scratch / name
        wheel.write_bytes(base64.b64decode(content))
        run(*pip, "--offline", str(wheel))


def put(made: Path, there: Path) -> None:
    """In place of a damaged one, from which a server may run: it is away for the time of one rename."""
    old = there.with_name(f"{there.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if there.exists():
        os.rename(there, old)
    os.rename(made, there)
    shutil.rmtree(old, ignore_errors=True)


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


def level(environment: Path) -> None:
    """Readable by the owners of the servers, writable by nobody else, whatever umask the build had.

    All files get one time: stata_kernel 1.14.2 replaces pygments' lexer by its own whenever its own is newer.
    """
    for folder, _, names in os.walk(environment):
        os.chmod(folder, 0o755)
        for name in names:
            path = os.path.join(folder, name)
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                os.chmod(path, 0o755 if mode & stat.S_IXUSR else 0o644)
            os.utime(path, (TIME, TIME), follow_symlinks=False)
