"""The snapshot's program as a host runs it: which Python it finds, and what it tells."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from statafleet_sent.programs import observe
from statafleet_sent.wire import Console, Installed, Observed

from statafleet.desired.release import release
from statafleet.observed.state import NotUsable, parse
from statafleet.run.fact import Observation, asked
from statafleet.secrets import veil
from statafleet.secrets.secret import Hash
from tests.unit.lab import HASH, answers_of, lab, text
from tests.unit.programs import question, script, sent
from tests.unit.put import put

OLD = 'case "$1" in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac'
NEEDED = "Python 3.10 or newer" + (", which only root can change," if os.geteuid() == 0 else "")
TODAY = f'exec {sys.executable} "$@"'


def test_a_python_that_is_too_old_is_named_in_one_line(own: Path) -> None:
    script(own / "python3", OLD)

    done = sent("observe", question(own), PATH=str(own))

    assert done.returncode == 0
    assert done.stdout == (
        f"unusable: {NEEDED} is needed; found: Python 3.9.2 at {own}/python3. Install one, or name it with `python:`.\n"
    )
    with pytest.raises(NotUsable, match=r"found: Python 3\.9\.2"):
        parse(done.stdout.splitlines())


def test_without_any_python_the_host_says_so(own: Path) -> None:
    done = sent("observe", question(own), PATH=str(own))

    assert done.stdout.startswith(f"unusable: {NEEDED} is needed; found: none.")


def test_a_newer_python_beside_an_old_one_is_taken(own: Path) -> None:
    script(own / "python3", OLD)
    script(own / "python3.12", TODAY)

    seen = parse(sent("observe", question(own), PATH=str(own)).stdout.splitlines())

    assert seen.python.path == f"{own}/python3.12"


def test_the_distributions_own_python_comes_first(own: Path) -> None:
    script(own / "python3", TODAY)
    script(own / "python3.14", TODAY)

    seen = parse(sent("observe", question(own), PATH=str(own)).stdout.splitlines())

    assert seen.python.path == f"{own}/python3"


@pytest.mark.parametrize("name", ["python", "my python", "o'python", "$(false)"])
def test_a_python_that_the_settings_name_is_taken(own: Path, name: str) -> None:
    script(own / name, TODAY)

    seen = parse(sent("observe", question(own), python=str(own / name)).stdout.splitlines())

    assert seen.python.path == str(own / name)


def test_a_python_that_the_settings_name_and_that_is_not_there_stops_the_host(tmp_path: Path) -> None:
    done = sent("observe", question(tmp_path), python="/nowhere/python3")

    assert done.returncode == 0
    assert done.stdout.startswith("unusable: ")


def test_what_a_login_shell_prints_first_is_passed_over(tmp_path: Path) -> None:
    done = sent("observe", question(tmp_path), before="echo Welcome; echo '{'; ")

    assert parse(done.stdout.splitlines()).root == str(tmp_path)


def test_a_look_changes_nothing(tmp_path: Path) -> None:
    root = tmp_path / "stata-fleet"

    sent("observe", question(root))

    assert list(tmp_path.iterdir()) == []


def see(root: Path, **other: Any) -> Observed:
    return parse(sent("observe", question(root, **other)).stdout.splitlines())


def test_a_release_is_seen_as_it_was_put_there(tmp_path: Path) -> None:
    wanted = put(tmp_path)

    seen = current(tmp_path)

    assert (seen.id, seen.damaged) == (wanted.id, ())
    assert seen.files == {file.path: file.sha256 for file in wanted.files if file.path != "manifest.json"}


def current(root: Path) -> Installed:
    found = observe.installed(root)
    assert found
    return found


def remove(path: Path) -> None:
    path.unlink()


def edit(path: Path) -> None:
    path.write_text(path.read_text() + "# mine\n")


def cut(path: Path) -> None:
    path.write_text("")


def open_up(path: Path) -> None:
    path.chmod(0o666)


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("hand", [remove, edit, cut, open_up, replace_by_a_folder])
@pytest.mark.parametrize("file", ["secrets/root/secret", "servers/root/kernels/stata/kernel.json", "supervisord.conf"])
def test_a_file_that_was_changed_is_seen(tmp_path: Path, hand: Any, file: str) -> None:
    put(tmp_path)

    hand(tmp_path / "current" / file)

    assert current(tmp_path).damaged == (file,)


def test_a_manifest_that_was_made_to_fit_is_seen(tmp_path: Path) -> None:
    put(tmp_path)
    manifest = tmp_path / "current" / "manifest.json"
    entries = json.loads(manifest.read_text())["files"]

    manifest.write_text(json.dumps({"files": [each for each in entries if each["path"] != "secrets/root/secret"]}))
    edit(tmp_path / "current" / "secrets" / "root" / "secret")

    assert current(tmp_path).damaged == ("manifest.json",)


@pytest.mark.parametrize("hand", [remove, cut, edit])
def test_a_manifest_that_cannot_be_read_is_seen(tmp_path: Path, hand: Any) -> None:
    put(tmp_path)

    hand(tmp_path / "current" / "manifest.json")

    assert current(tmp_path).damaged == ("manifest.json",)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"environments": 1}',
        '{"servers": {}, "stata": {}, "environments": {"server": ["../.."]}}',
        '{"servers": {"root": null}, "stata": {}, "environments": {}}',
        '{"servers": ' + "[" * 100_000,
        "not JSON",
        "\xff",
    ],
    ids=lambda content: content[:40],
)
def test_a_description_that_cannot_be_read_is_seen(tmp_path: Path, content: str) -> None:
    put(tmp_path)

    (tmp_path / "current" / "release.json").write_text(content, "latin-1")

    assert current(tmp_path).damaged


def test_a_secret_comes_back_with_this_runs_key_and_unreadable_without(tmp_path: Path) -> None:
    put(tmp_path)
    key = veil.new_key()

    done = sent("observe", question(tmp_path, veil_key=key))

    veiled = parse(done.stdout.splitlines()).veiled_secrets["root"]
    assert veil.lifted(veiled, key, "root") == Hash(HASH)
    assert HASH not in done.stdout + done.stderr
    assert HASH.encode().hex() not in done.stdout
    assert veil.new_key() != key


def test_no_two_owners_and_no_two_runs_are_veiled_alike(tmp_path: Path) -> None:
    put(tmp_path)

    first, second = (see(tmp_path, veil_key=key).veiled_secrets["root"] for key in ("one", "two"))

    assert first != second
    assert veil.lifted(first, "one", "root") == Hash(HASH)


def test_a_host_without_a_secret_gives_none(tmp_path: Path) -> None:
    veiled = see(tmp_path).veiled_secrets["root"]

    assert veil.lifted(veiled, "key", "root") is None


@pytest.mark.parametrize("made_up", ["no hexadecimal", "f", "ff" * 60, HASH, HASH.encode().hex()])
def test_what_a_host_makes_up_counts_as_no_secret(made_up: str) -> None:
    assert veil.lifted(made_up, "key", "root") is None


def test_the_question_is_in_no_argument_list() -> None:
    command = Observation().command("auto")
    (line,) = asked(question("/", veil_key="hunter2"))

    assert "hunter2" not in command
    assert "hunter2" in line
    assert "\n" not in line
    assert "hunter2" not in str(asked(question("/", veil_key="hunter2")))


def test_the_console_that_the_settings_name_must_be_a_program(tmp_path: Path) -> None:
    script(tmp_path / "stata-mp", "")
    (tmp_path / "stata-se").write_text("")

    assert see(tmp_path, stata=f"{tmp_path}/stata-mp").stata == Console(f"{tmp_path}/stata-mp", found=True)
    assert see(tmp_path, stata=f"{tmp_path}/stata-se").stata.found is False
    assert see(tmp_path, stata=str(tmp_path)).stata.found is False


def test_a_stata_on_path_is_found(own: Path) -> None:
    script(own / "stata-se", "")

    done = sent("observe", question(own, stata="auto"), PATH=f"{own}:{os.environ['PATH']}")

    found = parse(done.stdout.splitlines()).stata
    assert found.found
    assert found.path.endswith("/stata-se") or found.path.startswith(("/opt", "/usr/local"))


def test_a_secret_of_the_release_is_the_hash_that_the_settings_name() -> None:
    host = lab({"root": {}}, scope="user")

    assert text(release(host, answers_of(host)), "secrets/root/secret") == HASH
