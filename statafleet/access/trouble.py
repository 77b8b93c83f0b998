"""Why it does not connect and what to do, said once: for `connect`, for the guides and for docs/remote-servers.md.

The messages are OpenSSH's own (seen in 8.4 to 9.9); it never translates them. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Kind:
    """`what` and `do` leave `{owner}`, `{host}` and the like open; without `do` there is nothing to do but wait.

    `lasting`: trying again would not help, or would do harm.
    """

    messages: tuple[str, ...]
    what: str
    do: str = ""
    lasting: bool = False
    needs_person: bool = False

    def met(self, **names: str) -> Trouble:
        text = f"{self.what}: {self.do}" if self.lasting else self.what
        return Trouble(text.format(**names), self.lasting, self.needs_person)


@dataclass(frozen=True)
class Trouble:
    """A kind of trouble as one server met it."""

    what: str
    lasting: bool = False
    needs_person: bool = False


LASTING = (
    Kind(
        ("REMOTE HOST IDENTIFICATION HAS CHANGED", "differs from the key", "REVOKED HOST KEY"),
        "the host's key is not the one this computer knows",
        "do not go on, somebody else may be answering; ask the administrator. If the key was really renewed, run "
        "`ssh-keygen -R {host}`",
        lasting=True,
    ),
    Kind(
        ("Host key verification failed", "host key is known"),
        "this computer does not know the host's key",
        "run `ssh {owner}@{host}` once and compare the fingerprint",
        lasting=True,
        needs_person=True,
    ),
    Kind(
        ("Permission denied (", "Too many authentication failures"),
        "the host does not let {owner} in",
        "try `ssh {owner}@{host}`, and mend your key or ask the administrator to add it",
        lasting=True,
        needs_person=True,
    ),
    Kind(
        ("Bad configuration option", "bad configuration options", "Bad owner or permissions", "Bad local forward"),
        "the configuration of ssh on this computer is wrong",
        "`ssh -G {host}` says where",
        lasting=True,
    ),
)
UNKNOWN_NAME = Kind(
    ("Could not resolve hostname",),
    "no computer is called {name}",
    "correct the name, say where it is in ~/.ssh/config, or turn on the VPN",
    lasting=True,
)
PASSING = (
    Kind(
        ("Connection timed out", "timed out"),
        "the host does not answer",
        "turn on the VPN, or wait until the host is back",
    ),
    Kind(("No route to host",), "no network leads to the host", "turn on the VPN, or wait until the network is back"),
    Kind(("Network is unreachable", "Could not resolve hostname"), "this computer has no network"),
    Kind(("Connection refused",), "the host has no ssh open"),
    Kind(("Connection reset", "not responding", "Broken pipe"), "the line dropped"),
    Kind(("Connection closed",), "the host closed the line"),
)
FORBIDDEN = Kind(
    ("administratively prohibited",),
    "the host's sshd forwards nothing",
    "its administrator must allow it (AllowTcpForwarding, or AllowStreamLocalForwarding for a socket)",
    lasting=True,
)
SILENT = Kind(
    ("open failed",),
    "signed in, but no Jupyter listens at {target} there",
    "tell the administrator; `stata-fleet verify --limit {host}` says more",
)
UNFOUND = Kind(
    (),
    "Safari before macOS 26 does not find {name}",
    "use Chrome, Edge or Firefox, or add the line `127.0.0.1 {name}` to /etc/hosts",
)
# Seen elsewhere than in what ssh says while `connect` listens.
SEEN = (
    ("ssh says “Address already in use”", "", "the way is open already, in another window: use it, or close it first"),
    (
        "Safari before macOS 26, or another browser, finds no such server",
        f"“{UNFOUND.what.format(name='NAME')}”",
        f"{UNFOUND.do.format(name='NAME')}, NAME being what ends in `.localhost`; a proxy or a policy may hide it, too",
    ),
    (
        "The page cannot be reached",
        "",
        "the window with ssh must stay open; if it is, Jupyter does not run: tell the administrator",
    ),
    (
        "The page asks for a password again",
        "",
        "it is Jupyter's own, not that of your account; after many wrong ones it waits for a while",
    ),
    (
        "The line drops, or the laptop sleeps",
        "",
        "nothing is lost, Stata goes on: once the way is open again, the tab goes on where it was",
    ),
)
_NAME = re.compile(r"Could not resolve hostname (?P<name>[^:\s]+)")


def read(said: str, *, host: str, owner: str, was_up: bool) -> Trouble:
    """The first that fits; a name that cannot be found is a typing mistake, unless it has been found before."""
    said = "\n".join(line for line in said.splitlines() if "open failed" not in line)
    if lasting := _first(LASTING, said):
        return lasting.met(host=host, owner=owner)
    if (unknown := _NAME.search(said)) and not was_up and "Temporary failure" not in said:
        return UNKNOWN_NAME.met(name=unknown["name"])
    passing = _first(PASSING, said)
    return passing.met() if passing else Trouble(_last_line(said) or "ssh ended")


def open_failure(said: str, *, host: str, target: str) -> Trouble | None:
    """Why nothing answers although ssh is signed in."""
    found = _first((FORBIDDEN, SILENT), said)
    return found.met(host=host, target=target) if found else None


def not_found(name: str) -> str:
    """For `connect`, which asks before anybody has seen it."""
    return f"{UNFOUND.what}: {UNFOUND.do}".format(name=name)


def remedies() -> Iterator[tuple[str, str]]:
    """What a person sees who has ssh alone, and what to do, as sentences."""
    for kind in _with_remedy():
        yield _seen(kind), _sentence(f"{kind.what.format(owner='you', name='that', target='its address')}: {_do(kind)}")
    yield from ((seen, _sentence(do)) for seen, _, do in SEEN)


def table() -> str:
    """The same as a table in Markdown, beside what `connect` says."""
    rows = [(_seen(kind), _said(kind), _do(kind)) for kind in _with_remedy()]
    head = "| you see | `connect` says | do |\n|---|---|---|\n"
    return head + "".join(f"| {' | '.join(row)} |\n" for row in (*rows, *SEEN))


def _with_remedy() -> Iterator[Kind]:
    return (kind for kind in (*LASTING, UNKNOWN_NAME, *PASSING, FORBIDDEN, SILENT) if kind.do)


def _first(kinds: tuple[Kind, ...], said: str) -> Kind | None:
    return next((kind for kind in kinds if any(message in said for message in kind.messages)), None)


def _seen(kind: Kind) -> str:
    return f"ssh says “{kind.messages[0].rstrip(' (')}”"


def _said(kind: Kind) -> str:
    return f"“{kind.what.format(owner='OWNER', name='NAME', target='…')}”"


def _do(kind: Kind) -> str:
    """For servers in general."""
    return kind.do.format(owner="OWNER", host="HOST")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else ""
