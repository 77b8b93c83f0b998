"""Whether an environment is as its packages were published, and who may read and write it."""

import base64
import csv
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from statafleet_sent.parts import host
from statafleet_sent.programs import build


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """An environment with one package, as an installer leaves it."""
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    info = site / "package-1.dist-info"
    info.mkdir(parents=True)
    (site / "package").mkdir()
    (tmp_path / "bin").mkdir()
    rows = []
    for name in ("package/__init__.py", "package/with, comma.py", "../../../bin/tool"):
        (site / name).write_text(name)
        digest = base64.urlsafe_b64encode(hashlib.sha256(name.encode()).digest()).rstrip(b"=").decode()
        rows.append([name, f"sha256={digest}", len(name)])
    with (info / "RECORD").open("w", newline="") as record:
        csv.writer(record).writerows([*rows, ["package-1.dist-info/RECORD", "", ""]])
    (tmp_path / "bin" / "tool").chmod(0o700)
    (tmp_path / "bin" / "python").symlink_to("/usr/bin/python3")
    return tmp_path


def site(made: Path) -> Path:
    return made / "lib" / "python3.11" / "site-packages"


def test_an_environment_as_published_has_no_damage(made: Path) -> None:
    assert build.damaged(made) == []


def remove(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_text("")


def edit(file: Path) -> None:
    file.write_text(file.read_text().upper())


@pytest.mark.parametrize("hand", [remove, cut, edit])
@pytest.mark.parametrize("name", ["package/__init__.py", "package/with, comma.py", "../../../bin/tool"])
def test_a_file_that_is_not_as_published_is_named(made: Path, hand: Callable[[Path], None], name: str) -> None:
    hand(site(made) / name)

    assert build.damaged(made) == [name]


@pytest.fixture(params=[0o000, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_everybody_may_read_and_nobody_else_may_write(made: Path) -> None:
    (site(made) / "package" / "open.py").write_text("")
    (site(made) / "package" / "open.py").chmod(0o666)

    build.settle(made)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [made, *made.rglob("*")] if not path.is_symlink()}
    assert modes.pop("tool") == 0o755
    assert {mode for name, mode in modes.items() if "." in name and "dist-info" not in name and name[-1] == "y"} == {
        0o644
    }
    assert set(modes.values()) == {0o644, 0o755}


def test_all_files_have_one_time(made: Path) -> None:
    build.settle(made)

    assert {path.lstat().st_mtime for path in made.rglob("*") if not path.is_dir()} == {build.TIME}


def test_an_interpreter_that_is_linked_to_is_left_alone(made: Path) -> None:
    real = made.with_name("real-python")
    real.write_text("")
    real.chmod(0o600)
    (made / "bin" / "python").unlink()
    (made / "bin" / "python").symlink_to(real)

    build.settle(made)

    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    assert real.stat().st_mtime != build.TIME


def test_the_file_that_stata_kernel_adds_at_its_first_start_is_there_before(made: Path) -> None:
    script = site(made) / "stata_kernel" / "codemirror" / "stata.js"
    script.parent.mkdir(parents=True)
    script.write_text("mode")

    build.complete_stata_kernel(made)

    added = site(made) / "notebook/static/components/codemirror/mode/stata/stata.js"
    assert added.read_text() == "mode"


def test_an_environment_that_is_whole_is_not_built_again(made: Path) -> None:
    root = made / "root"
    there = root / "environments" / "server-1"
    there.mkdir(parents=True)
    (there / "stamp").write_text(host.stamp(there))

    build.build(root, Path("/nowhere/uv"), "/nowhere", {"id": "server-1"})


def test_a_wheel_of_uv_that_arrives_damaged_is_refused(tmp_path: Path) -> None:
    wheel = {"folder": "uv-1", "sha256": "0" * 64, "content": base64.b64encode(b"wheel").decode()}
    build.make_folders(tmp_path)

    with pytest.raises(host.Problem, match="arrived damaged"):
        build.installed_uv(tmp_path, wheel)

    assert list((tmp_path / "tools").iterdir()) == []


def test_settings_with_passwords_are_for_root_alone(tmp_path: Path) -> None:
    build.private(tmp_path / "uv.toml", "secret")

    assert stat.S_IMODE((tmp_path / "uv.toml").stat().st_mode) == 0o600
