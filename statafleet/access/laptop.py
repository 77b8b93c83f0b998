"""What this computer's own ssh knows of a host: asked of `ssh -G` and `ssh-keygen`, which connect to nothing."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.access.ssh import bare, to
from statafleet.access.ssh_config import Known
from statafleet.errors import StataFleetError
from statafleet.settings.model.names import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from statafleet.access.route import Route

# Our `Host` has a name of its own, so what the user's configuration says of the host itself is taken along.
TAKEN = {
    name.lower(): name
    for name in (
        "HostName",
        "Port",
        "ProxyJump",
        "ProxyCommand",
        "IdentityFile",
        "IdentitiesOnly",
        "IdentityAgent",
        "CertificateFile",
        "HostKeyAlias",
        "UserKnownHostsFile",
        "GlobalKnownHostsFile",
        "StrictHostKeyChecking",
    )
}
PATHS = ("IdentityFile", "IdentityAgent", "CertificateFile")
# A name that nobody's configuration speaks of: what it has, every host has.
NOBODY = "nobody.stata-fleet.invalid"
_FINGERPRINT = re.compile(r"^\S+ (\S+) (SHA256:\S+)", re.MULTILINE)


def known(routes: Iterable[Route]) -> Mapping[str, Known]:
    """By host."""
    return {route.host: _known(route) for route in routes if route.host != LOCAL}


def fingerprints(route: Route) -> tuple[str, ...]:
    """Of the keys that this computer has for the host."""
    return () if route.host == LOCAL else _fingerprints(_configured(*to(route)))


def _known(route: Route) -> Known:
    own, common = _configured(*to(route)), _configured("-l", route.owner, "--", NOBODY)
    options = [(TAKEN[key], value) for key, value in own if key in TAKEN and (key, value) not in common]
    told = [(name, value) for name, value in options if (name, value) != ("HostName", bare(route.host))]
    return Known(tuple((name, _quoted(name, value)) for name, value in told), _fingerprints(own))


def _fingerprints(configured: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    said = dict(configured)
    name, port = said.get("hostkeyalias", said.get("hostname", "")), said.get("port", "22")
    files = said.get("userknownhostsfile", "").split() + said.get("globalknownhostsfile", "").split()
    where = name if port == "22" or "hostkeyalias" in said else f"[{name}]:{port}"
    return tuple(dict.fromkeys(key for file in files for key in _in_file(where, file)))


def _in_file(name: str, file: str) -> list[str]:
    said = _said("ssh-keygen", "-l", "-F", name, "-f", str(Path(file).expanduser()))
    return [f"{kind} {digest}" for kind, digest in _FINGERPRINT.findall(said)]


@cache
def _configured(*words: str) -> tuple[tuple[str, str], ...]:
    lines = _said("ssh", "-G", *words).splitlines()
    return tuple((key, value) for key, _, value in (line.partition(" ") for line in lines))


def _quoted(name: str, value: str) -> str:
    return f'"{value}"' if name in PATHS and " " in value else value


def _said(*words: str) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False, errors="replace").stdout
    except FileNotFoundError:
        raise StataFleetError(f"this computer has no `{words[0]}`: install OpenSSH's client") from None
