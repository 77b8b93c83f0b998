from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from statafleet.access import install

BY_HAND = b"# mine\r\nHost gate\n\tUser me\n\nMatch all\n  Compression yes"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / ".ssh").mkdir(mode=0o700)
    file = tmp_path / ".ssh/config"
    file.write_bytes(BY_HAND)
    file.chmod(0o640)
    return file


def test_installing_adds_one_line_once(config: Path) -> None:
    home = config.parent.parent

    assert [install.install("first", home), install.install("second", home)] == [True, False]

    assert config.read_bytes() == install.LINE + BY_HAND
    assert install.include_file(home).read_text() == "second"


def test_removing_gives_every_byte_and_the_mode_back(config: Path) -> None:
    home = config.parent.parent
    install.install("text", home)

    assert install.remove(home)

    assert config.read_bytes() == BY_HAND
    assert config.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in config.parent.iterdir()] == ["config"]


@given(st.binary(max_size=80))
def test_any_configuration_survives_both(tmp_path_factory: pytest.TempPathFactory, before: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    (home / ".ssh").mkdir()
    (home / ".ssh/config").write_bytes(before)

    install.install("text", home)
    install.remove(home)

    assert (home / ".ssh/config").read_bytes() == before


def test_where_there_was_no_configuration_there_is_none_afterwards(tmp_path: Path) -> None:
    install.install("text", tmp_path)
    install.install("text", tmp_path)
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / ".ssh").iterdir()}
    install.remove(tmp_path)

    assert modes == {"config": 0o600, "stata-fleet.conf": 0o600}
    assert not list((tmp_path / ".ssh").iterdir())


def test_a_line_that_was_written_by_hand_is_enough_and_stays(config: Path) -> None:
    config.write_bytes(b"include stata-fleet.conf\n" + BY_HAND)
    home = config.parent.parent

    assert not install.install("text", home)
    install.remove(home)

    assert config.read_bytes() == b"include stata-fleet.conf\n" + BY_HAND


def test_a_linked_configuration_stays_a_link(config: Path) -> None:
    real = config.parent.parent / "dotfiles"
    config.rename(real)
    config.symlink_to(real)

    install.install("text", config.parent.parent)

    assert config.is_symlink()
    assert real.read_bytes() == install.LINE + BY_HAND


def test_nothing_to_remove_is_said(config: Path) -> None:
    assert not install.remove(config.parent.parent)
