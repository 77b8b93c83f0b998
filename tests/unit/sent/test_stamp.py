"""An environment that was tampered with is noticed; byte code that came later is not tampering."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from statafleet_sent.parts import files


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    package = tmp_path / "lib" / "package"
    package.mkdir(parents=True)
    for name in ("__init__.py", "big.so", "stamp.txt"):
        (package / name).write_text("content")
    (package / "link").symlink_to("big.so")
    (tmp_path / "stamp").write_text(files.stamp(tmp_path))
    return tmp_path


def test_nothing_happened(environment: Path) -> None:
    assert files.intact(environment)


def remove(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_text("con")


def edit(file: Path) -> None:
    file.write_text("CONTENT")
    os.utime(file, ns=(0, 1))


def rename(file: Path) -> None:
    file.rename(file.with_name("other"))


def add(file: Path) -> None:
    file.with_name("more.py").write_text("")


@pytest.mark.parametrize("hand", [remove, cut, edit, rename, add])
@pytest.mark.parametrize("name", ["__init__.py", "big.so", "stamp.txt"])
def test_what_was_done_to_a_file_is_noticed(environment: Path, hand: Callable[[Path], None], name: str) -> None:
    hand(environment / "lib" / "package" / name)

    assert not files.intact(environment)


def test_a_file_that_is_named_like_the_stamp_counts_where_it_is_not_the_stamp(environment: Path) -> None:
    (environment / "lib" / "package" / "stamp").write_text("new")

    assert not files.intact(environment)


def test_byte_code_is_passed_over(environment: Path) -> None:
    cache = environment / "lib" / "package" / "__pycache__"
    cache.mkdir()
    (cache / "a.cpython-311.pyc").write_bytes(b"")

    assert files.intact(environment)


def test_an_environment_without_a_stamp_was_never_finished(environment: Path) -> None:
    (environment / "stamp").unlink()

    assert not files.intact(environment)
    assert not files.intact(environment / "nowhere")


def test_any_file_name_can_be_stamped(environment: Path) -> None:
    Path(os.fsdecode(os.fsencode(environment) + b"/\xff\n")).write_text("")

    assert files.stamp(environment)
