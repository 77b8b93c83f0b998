"""What the documents name is there."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from statafleet.inventory.load import load
from statafleet.inventory.sharing import shared

REPOSITORY = Path(__file__).parents[2]
DOCUMENTS = ("SECURITY.md", "README.md", "CONTRIBUTING.md")
FILE = re.compile(r"`((?:tests/[\w/]+/)?test_[\w*]+\.py)")
TEST = re.compile(r"\b(test_[a-z]\w+)\b(?!\.py|\*)")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)\)|^\[[^]]+\]: (?!https?://)(\S+)$", re.MULTILINE)


def text(document: str) -> str:
    return (REPOSITORY / document).read_text()


def known_tests() -> set[str]:
    files = [*(REPOSITORY / "tests").rglob("test_*.py"), *(REPOSITORY / "host/tests").rglob("test_*.py")]
    trees = [ast.parse(file.read_text()) for file in files]
    return {each.name for tree in trees for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}


def test_security_names_only_tests_that_there_are() -> None:
    named = set(TEST.findall(text("SECURITY.md")))

    assert len(named) > 20
    assert named - known_tests() == set()


def test_security_names_only_test_files_that_there_are() -> None:
    named = FILE.findall(text("SECURITY.md"))
    found = {each: [*REPOSITORY.glob(each), *(REPOSITORY / "tests/fleet").glob(each)] for each in named}

    assert named
    assert [each for each, files in found.items() if not files] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_link_to_a_file_leads_somewhere(document: str) -> None:
    named = [first or second for first, second in LINK.findall(text(document))]

    assert [each for each in named if not (REPOSITORY / each).exists()] == []


def block(below: str, kind: str) -> str:
    """The first of this kind below these words of the README."""
    return text("README.md").partition(below)[2].partition(f"```{kind}\n")[2].partition("```")[0]


def test_the_readmes_first_inventory_works_as_it_stands_with_a_password_for_each(tmp_path: Path) -> None:
    below = "## Put it on your servers"
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "lab.yml").write_text(block(below, "yaml"))
    commands = [line.removeprefix("$ ") for line in block(below, "console").splitlines()]
    secrets = [each for each in commands if "inventory/secrets" in each]
    subprocess.run(["sh", "-ec", "\n".join(secrets)], cwd=tmp_path, check=True)

    fleet = load(tmp_path, account="me")

    assert len({password.reveal() for password in fleet.passwords.values()}) == 2
    assert list(shared(fleet)) == []
