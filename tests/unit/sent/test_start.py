"""The shell's part: which Python is started, and with what environment, in every shell that a host may have."""

import grp
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from statafleet_sent.parts import changeable
from statafleet_sent.wire import Changeable

from statafleet.sending import bootstrap
from tests.unit.programs import script

NOBODY, STAFF = 65534, 50
AS_NOBODY = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")
SHELLS = [shell for shell in (["dash"], ["bash", "--posix"], ["bash"], ["busybox", "sh"]) if shutil.which(shell[0])]
TELLS = "import os, sys; sys.exit(f'started {sys.argv[1]}')"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away, and has others to fear")
everywhere = pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
System = Callable[..., subprocess.CompletedProcess[str]]


def start(shell: list[str], python: str, **variables: str) -> str:
    """What the loader would have said first, or why there is none."""
    text = bootstrap.command(python)
    usual = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        [*shell, "-c", text],
        env={**usual, **variables},
        input="not JSON\n",
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.fixture
def attacked(own: Path) -> Path:
    """A Python of nobody's that writes down who started it."""
    folder = own / "home"
    (folder / "bin").mkdir(parents=True)
    script(folder / "bin" / "python3", f'id -u >> {own}/started-by\nexec {sys.executable} "$@"')
    for path in (folder, folder / "bin", folder / "bin" / "python3"):
        os.chown(path, NOBODY, NOBODY)
    return folder / "bin" / "python3"


def started(own: Path) -> bool:
    return (own / "started-by").exists()


@as_root
@everywhere
def test_root_does_not_start_a_python_of_an_owners(shell: list[str], own: Path, attacked: Path) -> None:
    said = start(shell, str(attacked))

    assert not started(own)
    assert said.startswith("unusable: ")
    assert f"found: {attacked} ({own}/home can be changed by nobody)" in said


@as_root
def test_its_owner_may_start_it(attacked: Path) -> None:
    script(attacked, 'exec /usr/bin/python3 "$@"')
    done = subprocess.run(
        [*AS_NOBODY, "sh", "-c", bootstrap.command(str(attacked))],
        input="not JSON\n",
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert "JSONDecodeError" in done.stderr


def by_a_link_to_it(own: Path, attacked: Path) -> Path:
    (own / "link").symlink_to(attacked)
    return own / "link"


def by_a_link_in_it(own: Path, attacked: Path) -> Path:
    attacked.unlink()
    script(own / "python3", f'echo >> {own}/started-by\nexec {sys.executable} "$@"')
    attacked.symlink_to(own / "python3")
    return attacked


def by_a_link_of_links(own: Path, attacked: Path) -> Path:
    (own / "bin").symlink_to("home/bin")
    (own / "here").symlink_to(".")
    return own / "here" / ".." / own.name / "bin" / attacked.name


def by_the_program_alone(own: Path, attacked: Path) -> Path:
    for path in (own / "home", own / "home" / "bin"):
        os.chown(path, 0, 0)
    return attacked


def by_a_folder_for_all(own: Path, attacked: Path) -> Path:
    take_back(own)
    (own / "home" / "bin").chmod(0o1777)
    return attacked


def by_a_folder_of_a_group(own: Path, attacked: Path) -> Path:
    take_back(own)
    (own / "home").chmod(0o775)
    return attacked


def by_a_library(own: Path, attacked: Path) -> Path:
    take_back(own)
    (own / "home" / "lib" / "python3.11").mkdir(parents=True)
    (own / "home" / "lib" / "python3.11" / "os.py").write_text("")
    os.chown(own / "home" / "lib" / "python3.11" / "os.py", NOBODY, NOBODY)
    return attacked


def by_a_package_that_starts_with_it(own: Path, attacked: Path) -> Path:
    take_back(own)
    (own / "home" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    os.chown(own / "home" / "lib" / "python3.11" / "site-packages", NOBODY, NOBODY)
    return attacked


def by_the_python_below_it(own: Path, attacked: Path) -> Path:
    take_back(own)
    (own / "theirs" / "bin").mkdir(parents=True)
    os.chown(own / "theirs", NOBODY, NOBODY)
    (own / "home" / "pyvenv.cfg").write_text(f"version = 3.11\nhome = {own}/theirs/bin\n")
    return attacked


def by_a_circle(own: Path, attacked: Path) -> Path:
    attacked.unlink()
    take_back(own)
    (own / "home" / "bin" / "python3").symlink_to("python")
    (own / "home" / "bin" / "python").symlink_to("python3")
    return attacked


def take_back(own: Path) -> None:
    for path in own.rglob("*"):
        os.lchown(path, 0, 0)


@as_root
@pytest.mark.parametrize(
    "way",
    [
        by_a_link_to_it,
        by_a_link_in_it,
        by_a_link_of_links,
        by_the_program_alone,
        by_a_folder_for_all,
        by_a_folder_of_a_group,
        by_a_library,
        by_a_package_that_starts_with_it,
        by_the_python_below_it,
        by_a_circle,
    ],
)
@everywhere
def test_no_way_to_it_makes_root_start_it(
    shell: list[str], way: Callable[[Path, Path], Path], own: Path, attacked: Path
) -> None:
    said = start(shell, str(way(own, attacked)))

    assert not started(own)
    assert said.startswith("unusable: ")


@as_root
@everywhere
def test_a_link_of_roots_is_followed(shell: list[str], own: Path, attacked: Path) -> None:
    take_back(own)
    assert attacked.exists()
    (own / "link").symlink_to("home")
    os.lchown(own / "link", NOBODY, NOBODY)

    assert "JSONDecodeError" in start(shell, str(own / "link" / "bin" / "python3"))
    assert started(own)


@as_root
@everywhere
def test_debians_group_for_usr_local_is_nobody_while_it_is_empty(shell: list[str], own: Path, attacked: Path) -> None:
    take_back(own)
    os.chown(own / "home", 0, STAFF)
    (own / "home").chmod(0o2775)
    nobody = grp.getgrgid(STAFF).gr_mem == []

    assert started_by(shell, attacked) is nobody
    assert (changeable.on_the_way(str(attacked)) is None) is nobody

    os.chown(own / "home", 0, NOBODY)

    assert not started_by(shell, attacked)
    assert changeable.on_the_way(str(attacked)) == Changeable(f"{own}/home", "group nogroup")


@as_root
@everywhere
def test_whoever_has_that_group_as_his_own_is_in_it(shell: list[str], own: Path, attacked: Path) -> None:
    take_back(own)
    os.chown(own / "home", 0, STAFF)
    (own / "home").chmod(0o2775)
    accounts = own / "passwd"
    accounts.write_text(f"{Path('/etc/passwd').read_text()}mallory:x:4321:{STAFF}::/:/bin/sh\n")
    here = ["unshare", "--mount", "sh", "-c", f'mount --bind {accounts} /etc/passwd && exec "$@"', "sh"]

    assert not started_by([*here, *shell], attacked)
    look = "import sys; from statafleet_sent.parts import changeable; print(changeable.on_the_way(sys.argv[1]))"
    done = subprocess.run(
        [*here, sys.executable, "-c", look, str(attacked)], capture_output=True, text=True, check=True
    )
    assert "group staff" in done.stdout


def started_by(shell: list[str], python: Path) -> bool:
    return "JSONDecodeError" in start(shell, str(python))


@as_root
@everywhere
def test_an_owners_python_on_roots_path_is_passed_over(shell: list[str], own: Path, attacked: Path) -> None:
    take_back(own)
    safe = own / "safe"
    safe.mkdir()
    script(safe / "python3", f'echo "$PATH" >&2\nexec {sys.executable} "$@"')
    os.chown(attacked.parent, NOBODY, NOBODY)

    said = start(shell, "auto", PATH=f"{attacked.parent}:{safe}:/usr/bin:/bin:/tmp")

    assert not started(own)
    assert f"{safe}:/usr/bin:/bin\n" in said


@as_root
@everywhere
def test_root_starts_it_with_a_clean_environment_and_mask(shell: list[str], own: Path) -> None:
    script(own / "python3", f'[ "$2" = -S ] || exit 1; env; umask; exec {sys.executable} "$@"')
    dropped = {"PYTHONPATH", "PYTHONSTARTUP", "LD_LIBRARY_PATH", "UV_INDEX_URL", "PIP_CONFIG_FILE", "SSL_CERT_FILE"}
    dropped |= {"XDG_CONFIG_HOME", "VIRTUAL_ENV", "BASH_ENV", "ENV", "GCONV_PATH", "TMPDIR", "TWO\nLINES"}
    kept = {"HOME": "/root", "LANG": "C.UTF-8", "LC_ALL": "C", "SUDO_USER": "admin", "https_proxy": "http://p:1"}
    kept["SUDO_COMMAND"] = bootstrap.command(str(own / "python3"))

    said = start(shell, str(own / "python3"), **dict.fromkeys(dropped, "/tmp\nx"), **kept)

    names = {line.partition("=")[0] for line in said.splitlines() if "=" in line}
    assert not names & dropped
    assert kept.keys() <= names
    assert "JSONDecodeError" in said
    assert "0022" in said
