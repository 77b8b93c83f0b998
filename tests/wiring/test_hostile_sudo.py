"""The real pyinfra, and on this machine a `sudo` that plays a hostile host."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PLAYED = """\
#!/bin/sh
cat > /dev/null
if [ "$2" = -n ]; then printf '{said}' >&2; exit 1; fi
"$SUDO_ASKPASS"
exit 1
"""
HOSTS = "hosts: {'@local': {sudo: true}}"


def pyinfra(folder: Path, said: str) -> str:
    for name in ("inventory.py", "deploy.py"):
        shutil.copy(REPOSITORY / name, folder)
    (folder / "inventory").mkdir()
    (folder / "inventory" / "lab.yml").write_text(HOSTS)
    (folder / "sudo").write_text(PLAYED.format(said=said))
    (folder / "sudo").chmod(0o755)
    ours = {"PYINFRA_PROGRESS": "off", "PYTHONPATH": str(REPOSITORY), "PATH": f"{folder}:{os.environ['PATH']}"}
    words = [sys.executable, "-m", "pyinfra", "inventory.py", "deploy.py", "-y"]
    done = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **ours},
        input="hunter2\n",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    return done.stdout


@pytest.mark.parametrize("said", ["sudo: a password is required", "sudo-rs: interactive authentication is required"])
def test_nobody_is_asked_for_a_password_that_a_host_would_show_to_all(tmp_path: Path, said: str) -> None:
    told = pyinfra(tmp_path, said)

    assert "[@local] sudo on this host wants a password" in told
    assert "hunter2" not in told


def test_a_host_that_fails_moves_no_cursor(tmp_path: Path) -> None:
    told = pyinfra(tmp_path, r"\033]0;title\007")

    assert "[@local] \\x1b]0;title\\x07" in told
    assert "\x1b]0" not in told
