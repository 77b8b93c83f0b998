"""What an ssh that ended has said, in a person's words: whether to try again, and what to do. Pure.

These are OpenSSH's own messages (seen in 8.4 to 9.9); it never translates them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNKNOWN_NAME = re.compile(r"Could not resolve hostname (?P<name>[^:\s]+)")
_MENDED_BY_ITSELF = (
    ("timed out", "the host does not answer"),
    ("No route to host", "no network leads to the host"),
    ("Network is unreachable", "this computer has no network"),
    ("Could not resolve hostname", "this computer has no network"),
    ("Connection refused", "the host has no ssh open"),
    ("Connection reset", "the line dropped"),
    ("Connection closed", "the host closed the line"),
    ("not responding", "the line dropped"),
    ("Broken pipe", "the line dropped"),
)


@dataclass(frozen=True)
class Trouble:
    """`lasting`: trying again would not help, or would do harm."""

    what: str
    lasting: bool = False
    needs_person: bool = False


def read(said: str, *, host: str, owner: str, was_up: bool) -> Trouble:
    """The first that fits; a name that cannot be found is a typing mistake, unless it has been found before."""
    said = "\n".join(line for line in said.splitlines() if "open failed" not in line)
    for words, lasting in _lasting(host, owner):
        if any(word in said for word in words):
            return lasting
    if (unknown := _UNKNOWN_NAME.search(said)) and not was_up and "Temporary failure" not in said:
        fix = "correct the name in the YAML, or say where it is in ~/.ssh/config"
        return Trouble(f"no computer is called {unknown['name']}: {fix}", lasting=True)
    what = next((ours for theirs, ours in _MENDED_BY_ITSELF if theirs in said), None)
    return Trouble(what or last_line(said) or "ssh ended")


def open_failure(said: str, *, end: str) -> Trouble | None:
    """Why nothing answers although ssh is signed in."""
    if "administratively prohibited" in said:
        what = "the host's sshd forwards nothing: its administrator must allow it (AllowTcpForwarding, or"
        return Trouble(f"{what} AllowStreamLocalForwarding for a socket)", lasting=True)
    if "open failed" in said:
        return Trouble(f"signed in, but no Jupyter listens at {end} there; waiting for it")
    return None


def _lasting(host: str, owner: str) -> tuple[tuple[tuple[str, ...], Trouble], ...]:
    changed = (
        f"the host's key is not the one this computer knows: somebody else may be answering. Ask the "
        f"administrator; if the key was really renewed, run `ssh-keygen -R {host}`"
    )
    unknown = f"this computer does not know the host's key: run `ssh {owner}@{host}` once and compare the fingerprint"
    denied = f"the host does not let {owner} in: try `ssh {owner}@{host}`, and mend your key or ask the administrator"
    return (
        (("IDENTIFICATION HAS CHANGED", "differs from the key", "REVOKED HOST KEY"), Trouble(changed, lasting=True)),
        (("Host key verification failed", "host key is known"), Trouble(unknown, lasting=True, needs_person=True)),
        (("Permission denied (", "Too many authentication failures"), Trouble(denied, lasting=True, needs_person=True)),
        (
            ("Bad configuration option", "bad configuration options", "Bad owner or permissions", "Bad local forward"),
            Trouble("ssh refuses its configuration on this computer: `ssh -G x` says where", lasting=True),
        ),
    )


def last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""
