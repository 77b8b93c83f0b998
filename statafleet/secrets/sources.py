"""Reads a password that the settings name, on the controller; no error ever shows it."""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

from pydantic import SecretStr

from statafleet.errors import PasswordError
from statafleet.settings.model.password import MOST_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from statafleet.settings.model.password import Password

LONGEST_WAIT = 60


def read(password: Password, base: Path) -> SecretStr:
    """The password in clear; a relative `file` and a `command` start from `base`."""
    if password.env is not None:
        raw = _environment(password.env)
    elif password.file is not None:
        raw = _file(base / password.file)
    elif password.command is not None:
        raw = _command(password.command, base)
    else:
        raise PasswordError("this is a hash, which nothing can read back", "use the hash as it is")
    return SecretStr(_checked(raw))


def _environment(name: str) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise PasswordError("this variable is not in the environment", "set it, then run again")
    return os.fsencode(value)


def _file(path: Path) -> bytes:
    correct = "put the password there with mode 0600, or correct the path"
    try:
        # Without O_NONBLOCK, opening a named pipe would wait for ever.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise PasswordError("this is not a file", correct)
            if mode & 0o077:
                raise PasswordError("others can read this file", "run `chmod 600` on it")
            return file.read(4096)
    except (OSError, ValueError):
        raise PasswordError("cannot read this file", correct) from None


def _command(command: str, base: Path) -> bytes:
    run_it = "run it in a shell to see what it says"
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=base,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LONGEST_WAIT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        what = f"this command said nothing within {LONGEST_WAIT} s"
        raise PasswordError(what, run_it) from None
    except (OSError, ValueError):
        raise PasswordError("this command cannot be run", run_it) from None
    if done.returncode != 0:
        raise PasswordError(f"this command failed with status {done.returncode}", run_it)
    return done.stdout


def _checked(raw: bytes) -> str:
    line = raw.removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise PasswordError("this password is empty", "give it a password")
    if len(line) > MOST_BYTES:
        raise PasswordError(f"this password is over {MOST_BYTES} bytes", "choose a shorter one")
    if b"\0" in line or b"\n" in line:
        raise PasswordError("this is not a single line of text", "leave the password alone in it")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise PasswordError("this password is not UTF-8", "choose another one") from None
