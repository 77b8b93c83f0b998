"""What the documents name is there."""

import ast
import re
from pathlib import Path

import pytest

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
