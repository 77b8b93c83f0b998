"""The demo in a clone whose inventory is a lab: it means this machine, and nothing else."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wheel.clone import LAB, Clone


@pytest.fixture
def clone() -> Iterator[Clone]:
    # Not tmp_path: a unix socket's path has room for 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="demo-"))
    yield Clone(folder)
    shutil.rmtree(folder)


def put_there(clone: Clone, release: str, *, by_the_demo: bool) -> None:
    """What a deployment leaves in this home, as far as the demo looks at it."""
    (clone.root / "releases" / release).mkdir(parents=True)
    (clone.root / "current").symlink_to(f"releases/{release}")
    if by_the_demo:
        (clone.root / "demo").write_text(release)


@pytest.mark.parametrize("word", ["start", "stop"])
@pytest.mark.parametrize(
    "beside",
    [{}, {"group_data/all.yml": "jupyter: {prot: 1}"}, {"group_data/all.py": "_sudo_user = 'nobody'\n1 / 0\n"}],
    ids=["inventory", "group data", "group data in Python"],
)
def test_the_demo_touches_no_host_of_the_lab_and_reads_none_of_its_files(
    clone: Clone, word: str, beside: dict[str, str]
) -> None:
    for name, text in beside.items():
        clone.has(name, text)
    put_there(clone, "r1", by_the_demo=True)
    # Whatever is to be installed cannot be had, so a start ends soon.
    named = clone.has("named.yml", LAB)

    done = clone.demo(
        word, STATA_FLEET_INVENTORY=str(named), UV_OFFLINE="1", PIP_NO_INDEX="1", XDG_CACHE_HOME="/dev/null"
    )

    assert "[@local]" in done.stdout
    assert "127.0.0." not in done.stdout
    assert "all.yml" not in done.stdout
    assert "all.py" not in done.stdout
    assert word == "start" or (done.returncode == 0 and not clone.root.exists())


@pytest.mark.parametrize("word", ["start", "stop"])
def test_what_somebody_else_put_in_this_home_is_not_the_demos_to_touch(clone: Clone, word: str) -> None:
    put_there(clone, "r1", by_the_demo=False)

    done = clone.demo(word)

    assert done.returncode == 1
    assert f"{clone.root} is there already, and not the demo's" in done.stdout
    assert "stata-fleet remove --limit @local" in done.stdout
    assert "Traceback" not in done.stdout
    assert (clone.root / "releases" / "r1").exists()


def test_what_was_deployed_over_the_demo_is_not_the_demos_any_more(clone: Clone) -> None:
    put_there(clone, "r2", by_the_demo=False)
    (clone.root / "demo").write_text("r1")

    assert clone.demo("stop").returncode == 1
    assert (clone.root / "releases" / "r2").exists()


def test_to_end_a_demo_that_is_not_there_is_no_error(clone: Clone) -> None:
    done = clone.demo("stop")

    assert (done.returncode, done.stdout) == (0, "There is no demo on this machine for this account.\n")
