"""One golden file for each kind of problem: NAME.yml, and NAME.txt with what a user reads.

After a change of words: `STATA_FLEET_GOLDEN=write pytest tests/unit/settings/test_problems.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from statafleet.errors import SettingsError
from statafleet.inventory.load import load

CASES = sorted(Path(__file__).parent.glob("problems/*.yml"))


def report(yaml: Path, folder: Path) -> str:
    (folder / "inventory").mkdir()
    (folder / "inventory" / "lab.yml").write_bytes(yaml.read_bytes())
    with pytest.raises(SettingsError) as caught:
        load(folder, account="alice")
    return f"{caught.value}\n"


@pytest.mark.parametrize("yaml", CASES, ids=lambda path: path.stem)
def test_a_problem_reads_as_its_golden_file(yaml: Path, tmp_path: Path) -> None:
    text = report(yaml, tmp_path)

    golden = yaml.with_suffix(".txt")
    if os.environ.get("STATA_FLEET_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("yaml", CASES, ids=lambda path: path.stem)
def test_a_report_shows_no_secret_and_no_library(yaml: Path, tmp_path: Path) -> None:
    text = report(yaml, tmp_path).lower()

    assert "hunter2" not in text
    assert "pydantic" not in text
    assert "pyyaml" not in text


@pytest.mark.parametrize("yaml", CASES, ids=lambda path: path.stem)
def test_a_report_fits_the_form(yaml: Path, tmp_path: Path) -> None:
    *lines, count = report(yaml, tmp_path).splitlines()

    heads = [line for line in lines if not line.startswith(" ")]
    assert all(line.startswith("inventory/lab.yml:") for line in heads)
    assert count.startswith(f"{len(heads)} problem")
    assert sum(line.startswith("    fix:      ") for line in lines) == len(heads)
