"""Names that a user chooses: of hosts, groups and accounts."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from statafleet.settings.model.fields import refuse

RESERVED_GROUPS = ("all", "inventory")
LOCAL = "@local"
CONNECTORS = ("ssh", "docker", "dockerssh", "chroot", "fake")

_ACCOUNT = re.compile(r"[A-Za-z_][A-Za-z0-9_.@-]{0,63}")
_UNITS = (".service", ".socket")
_GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_HOST = re.compile(r"[\w\[:][\w.:%\[\]-]{0,252}")
_CONNECTOR = re.compile(r"@(?P<connector>[a-z]+)/[\w./:@%+-]+")


def _owner(value: str) -> str:
    if not _ACCOUNT.fullmatch(value):
        raise refuse(
            "not the name of a Unix account",
            allowed="letters, digits and _ . @ -, beginning with a letter",
            fix="write the account's name as `id -un` prints it",
        )
    if value.endswith(_UNITS):
        raise refuse("systemd takes the end of this name for a kind of unit", fix="give the account another name")
    return value


def _group(value: str) -> str:
    if value in RESERVED_GROUPS:
        raise refuse("this name is reserved", fix="give the group another name")
    if not _GROUP.fullmatch(value):
        raise refuse(
            "not the name of a group",
            allowed="letters, digits and _ . -, beginning with a letter or a digit",
            fix="give the group another name",
        )
    return value


def _host(value: str) -> str:
    if value in RESERVED_GROUPS:
        raise refuse("this name is reserved", fix="give the host another name, e.g. its whole one")
    if value == LOCAL or _is_connector(value) or _HOST.fullmatch(value):
        return value
    raise refuse(
        "not a host that can be connected to",
        allowed=f"an ssh name, {LOCAL}, or " + ", ".join(f"@{name}/…" for name in CONNECTORS[:-1]),
        fix=_correction(value),
    )


def _is_connector(value: str) -> bool:
    match = _CONNECTOR.fullmatch(value)
    return match is not None and match["connector"] in CONNECTORS


def _correction(value: str) -> str:
    if re.fullmatch(r"[\w.-]+@[\w.:-]+", value):
        return "write the host's name alone, and the account as `ssh: {user: …}`"
    return "write the name that ssh takes, without spaces"


Owner = Annotated[str, AfterValidator(_owner)]
GroupName = Annotated[str, AfterValidator(_group)]
HostName = Annotated[str, AfterValidator(_host)]
