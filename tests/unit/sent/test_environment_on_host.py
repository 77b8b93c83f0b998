"""Whether an environment is as its packages were published, and who may read and write it."""

import base64
import csv
import hashlib
import io
import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from statafleet_sent.parts import files
from statafleet_sent.parts.report import Refused
from statafleet_sent.programs import build
from statafleet_sent.wire import EnvironmentWanted, UvWheel


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

    build.level(made)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [made, *made.rglob("*")] if not path.is_symlink()}
    assert modes.pop("tool") == 0o755
    assert {mode for name, mode in modes.items() if "." in name and "dist-info" not in name and name[-1] == "y"} == {
        0o644
    }
    assert set(modes.values()) == {0o644, 0o755}


def test_all_files_have_one_time(made: Path) -> None:
    build.level(made)

    assert {path.lstat().st_mtime for path in made.rglob("*") if not path.is_dir()} == {build.TIME}


def test_an_interpreter_that_is_linked_to_is_left_alone(made: Path) -> None:
    real = made.with_name("real-python")
    real.write_text("")
    real.chmod(0o600)
    (made / "bin" / "python").unlink()
    (made / "bin" / "python").symlink_to(real)

    build.level(made)

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
    (there / "stamp").write_text(files.stamp(there))

    build.build(root, Path("/nowhere/uv"), "/nowhere", EnvironmentWanted("server-1", "python3", "", {}, ""))


def test_a_new_environment_takes_the_place_of_a_damaged_one(tmp_path: Path) -> None:
    for name in ("new", "there"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()

    build.put(tmp_path / "new", tmp_path / "there")

    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == ["there", "there/new"]


def test_a_wheel_of_uv_that_arrives_damaged_is_refused(tmp_path: Path) -> None:
    wheel = UvWheel("uv-1", "0" * 64, base64.b64encode(b"wheel").decode())

    with pytest.raises(Refused, match="arrived damaged"):
        build.installed_uv(tmp_path, wheel)

    assert list(tmp_path.iterdir()) == []


def test_uv_comes_out_of_its_wheel_whatever_a_broken_run_left(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.writestr("uv-1.data/scripts/uv", "program")
    content = packed.getvalue()
    sent = UvWheel("uv-1", hashlib.sha256(content).hexdigest(), base64.b64encode(content).decode())
    (tmp_path / "tools" / "uv-1").mkdir(parents=True)
    (tmp_path / "tools" / ".uv-1.tmp").mkdir()

    program = build.installed_uv(tmp_path, sent)

    assert (program.read_text(), stat.S_IMODE(program.stat().st_mode)) == ("program", 0o755)
    assert [path.name for path in (tmp_path / "tools").iterdir()] == ["uv-1"]
    assert build.installed_uv(tmp_path, UvWheel("uv-1")) == program


def test_settings_with_passwords_are_for_root_alone(tmp_path: Path) -> None:
    files.private(tmp_path / "uv.toml", "secret")

    assert stat.S_IMODE((tmp_path / "uv.toml").stat().st_mode) == 0o600
