"""A release on its way onto a host: verified, closed, and switched to at one instant."""

import base64
import io
import json
import os
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from statafleet_sent.parts import release as on_host
from statafleet_sent.wire import SwitchQuestion

from statafleet.desired.kept import as_it_is, owner
from statafleet.desired.release import Release, archive, release
from tests.unit.lab import answers_of, installed, lab, text
from tests.unit.programs import lease, sent
from tests.unit.put import put, wanted


def question(root: Path, content: bytes | None = None, port: int = 8888, expects: str = "") -> SwitchQuestion:
    made = wanted(port)
    packed = base64.b64encode(archive(made) if content is None else content).decode()
    return SwitchQuestion(str(root), lease(expects=expects), made.id, packed)


def repacked(change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The archive with each file's content changed; None leaves the file out."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive(wanted()))) as old, tarfile.open(fileobj=buffer, mode="w") as new:
        for member in old.getmembers():
            file = old.extractfile(member)
            content = change(member.name, file.read()) if file else b""
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mode & 0o7777 for path in folder.rglob("*")}


# One has what operators pass to Jupyter, the other would tell who shares a secret.
CLOSED = ("release.json", "manifest.json")


@pytest.mark.parametrize("umask", ["000", "022", "077", "777"])
def test_files_have_their_modes_whatever_the_umask(tmp_path: Path, umask: str) -> None:
    root = tmp_path / "opt"

    done = sent("switch", question(root), before=f"umask {umask}\n")

    assert done.returncode == 0, done.stderr
    found = modes(root / "current")
    around = modes(tmp_path)
    assert {around[name] for name in ("opt", "opt/releases", "opt/current")} == {0o755}
    assert (around["opt/journal.jsonl"], around["opt/lock"]) == (0o644, 0o600)
    secret = {mode for name, mode in found.items() if name.startswith("secrets/root/")}
    public = {mode for name, mode in found.items() if not name.startswith("secrets") and name not in CLOSED}
    assert secret == {0o600}
    assert {found[name] for name in CLOSED} == {0o600}
    assert (found["secrets"], found["secrets/root"]) == (0o700, 0o700)
    assert public == {0o644, 0o755}


def test_a_release_arrives_as_it_was_made(tmp_path: Path) -> None:
    done = sent("switch", question(tmp_path))

    made = wanted()
    assert done.returncode == 0, done.stderr
    assert {file.path: (tmp_path / "current" / file.path).read_text() for file in made.files} == {
        file.path: file.content for file in made.files
    }
    assert (tmp_path / "current").resolve().name == made.id


def test_the_journal_says_who_switched_from_what_to_what(tmp_path: Path) -> None:
    before = put(tmp_path, port=9000)

    sent("switch", question(tmp_path, expects=before.id))
    sent("switch", question(tmp_path, port=9001))

    first, second = map(json.loads, (tmp_path / "journal.jsonl").read_text().splitlines())
    assert (first["before"], first["release"], first["who"]) == (before.id, wanted().id, "mine@laptop")
    assert second["before"] == first["release"]
    assert second["result"] == "switched"


def test_a_first_release_has_none_before_it(tmp_path: Path) -> None:
    sent("switch", question(tmp_path))

    assert json.loads((tmp_path / "journal.jsonl").read_text())["before"] is None


def edited(name: str, content: bytes) -> bytes | None:
    return content + b"#" if name == "secrets/root/secret" else content


def cut(name: str, content: bytes) -> bytes | None:
    return b"" if name == "supervisord.conf" else content


def lost(name: str, content: bytes) -> bytes | None:
    return None if name == "release.json" else content


def other_manifest(name: str, content: bytes) -> bytes | None:
    return content.replace(b'"600"', b'"644"') if name == "manifest.json" else content


@pytest.mark.parametrize("damage", [edited, cut, lost, other_manifest])
def test_an_archive_that_arrives_damaged_is_refused(tmp_path: Path, damage: Callable[[str, bytes], bytes]) -> None:
    before = put(tmp_path, port=9000)

    done = sent("switch", question(tmp_path, repacked(damage), expects=before.id))

    assert done.returncode == 1
    assert f"of release {wanted().id} is not as it was sent" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "current").resolve().name == before.id


@pytest.mark.parametrize("part", [0.0, 0.3, 0.5])
def test_an_archive_that_is_cut_short_is_refused(tmp_path: Path, part: float) -> None:
    before = put(tmp_path, port=9000)
    whole = archive(wanted())

    done = sent("switch", question(tmp_path, whole[: int(len(whole) * part)], expects=before.id))

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert (tmp_path / "current").resolve().name == before.id
    assert not (tmp_path / "releases" / wanted().id).exists()


def test_what_a_broken_run_left_does_not_hinder_the_next(tmp_path: Path) -> None:
    left = tmp_path / "releases" / f"{wanted().id}.tmp"
    (left / "secrets").mkdir(parents=True)
    (tmp_path / ".current.new").symlink_to("nowhere")

    made = put(tmp_path)

    assert (tmp_path / "current").resolve().name == made.id
    assert not left.exists()


@contextmanager
def before_every_step(look: Callable[[], object]) -> Iterator[None]:
    """Look before each change that this process makes to a folder; Python keeps its hooks for ever."""
    over = False

    def hook(event: str, _: object) -> None:
        if not over and event in ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"):
            look()

    sys.addaudithook(hook)
    try:
        yield
    finally:
        over = True


def test_current_leads_to_a_release_at_every_instant(tmp_path: Path) -> None:
    names = [put(tmp_path, port=port).id for port in (9000, 9001)]
    seen: list[str] = []

    with before_every_step(lambda: seen.append((tmp_path / "current").resolve(strict=True).name)):
        put(tmp_path, port=9000)
        put(tmp_path, port=9001)

    assert set(seen) == set(names)


def damaged(root: Path) -> Path:
    """The release that is switched on, with a file of somebody else's in place of one of ours."""
    made = put(root)
    file = root / "releases" / made.id / "supervisord.conf"
    file.write_text("mine")
    return file


def test_a_release_is_mended_while_it_is_switched_on(tmp_path: Path) -> None:
    file = damaged(tmp_path)
    seen: list[str] = []

    with before_every_step(lambda: seen.append((tmp_path / "current" / "release.json").read_text())):
        put(tmp_path)

    assert set(seen) == {text(wanted(), "release.json")}
    assert file.read_text() == text(wanted(), "supervisord.conf")
    assert (tmp_path / "current").resolve() == file.parent
    assert list((tmp_path / "releases").iterdir()) == [file.parent]


class BrokenOff(Exception):
    """As a machine that loses its power."""


@pytest.mark.parametrize("step", range(0, 60, 3))
def test_a_repair_that_is_broken_off_leaves_a_whole_release_and_is_done_again(tmp_path: Path, step: int) -> None:
    file = damaged(tmp_path)
    left = iter(range(step))

    def end() -> None:
        if next(left, None) is None:
            raise BrokenOff

    with suppress(BrokenOff), before_every_step(end):
        put(tmp_path)

    assert (tmp_path / "current" / "release.json").read_text() == text(wanted(), "release.json")
    put(tmp_path)
    assert file.read_text() == text(wanted(), "supervisord.conf")
    assert (tmp_path / "current").resolve() == file.parent
    assert list((tmp_path / "releases").iterdir()) == [file.parent]


def kept_by(before: Release, root: Path, port: int) -> SwitchQuestion:
    """A release with alice on another port, and bob as he is."""
    host = lab({"alice": {"port": port}})
    made = release(host, answers_of(host), as_it_is(["bob"], installed(before)))
    packed = base64.b64encode(archive(made)).decode()
    kept = tuple(file.path for file in made.kept.files)
    return SwitchQuestion(str(root), lease(expects=before.id), made.id, packed, kept)


@pytest.fixture
def both(tmp_path: Path) -> Release:
    """What is switched on there: a release with servers for alice and bob."""
    host = lab({"alice": {"port": 8888}, "bob": {"port": 8889}})
    made = release(host, answers_of(host))
    on_host.put(tmp_path, made.id, archive(made))
    return made


def test_a_server_that_is_kept_has_its_files_in_the_next_release(tmp_path: Path, both: Release) -> None:
    old = Path(os.path.realpath(tmp_path / "current"))

    done = sent("switch", kept_by(both, tmp_path, 9000))

    now = Path(os.path.realpath(tmp_path / "current"))
    assert done.returncode == 0, done.stderr
    assert now != old
    for file in both.files:
        if owner(file.path) == "bob":
            assert (now / file.path).read_text() == (old / file.path).read_text()
    his = {path: mode for path, mode in modes(old).items() if "bob" in path}
    assert his == {path: mode for path, mode in modes(now).items() if "bob" in path}
    assert modes(now)["secrets/bob/secret"] == 0o600


def test_a_kept_file_that_somebody_changed_meanwhile_is_not_taken_for_the_old_one(
    tmp_path: Path, both: Release
) -> None:
    (tmp_path / "current" / "secrets" / "bob" / "secret").write_text("mine")

    done = sent("switch", kept_by(both, tmp_path, 9000))

    assert done.returncode != 0
    assert f"secrets/bob/secret of release {kept_by(both, tmp_path, 9000).id} is not as it was sent" in done.stderr
    assert on_host.current(tmp_path) == both.id


def test_a_kept_file_that_is_gone_is_said(tmp_path: Path, both: Release) -> None:
    (tmp_path / "current" / "secrets" / "bob" / "secret").unlink()

    done = sent("switch", kept_by(both, tmp_path, 9000))

    assert done.stderr.endswith("secrets/bob/secret is gone since the host was read; run again\n")
    assert on_host.current(tmp_path) == both.id
