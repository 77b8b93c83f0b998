"""All that we want to know of a host, read in one go. Changes nothing."""

import grp
import hashlib
import json
import os
import platform
import pwd
import sys
from pathlib import Path
from typing import Any

from statafleet_sent.parts import host, listeners, machine


def main(payload: dict[str, Any]) -> None:
    root = Path(payload["root"]).expanduser()
    systemd = Path("/run/systemd/system").is_dir()
    release = current(root)
    owners = payload["owners"]
    units = installed_units() if payload["scope"] == "system" and systemd else {}
    known = servers(payload["scope"], root, systemd, sorted({*owners, *units} - {""}))
    host.report(
        python={"path": payload["python"], "version": ".".join(map(str, sys.version_info[:2]))},
        machine=platform.machine(),
        systemd=systemd,
        root=os.geteuid() == 0,
        login=account(login()),
        accounts={name: account(name) for name in owners},
        path=str(root),
        release=release,
        servers=known,
        strangers=listeners.strangers(payload["ports"], [server["pid"] for server in known.values()]),
        units=units,
        kept={name: veiled(root, name, payload["veil"]) for name in owners},
        stata=machine.stata(payload["stata"]),
        missing=machine.missing(payload["directories"]),
        tools=machine.tools(root),
        free=machine.free(root),
        certificates=machine.certificates(),
        tls_digests={owner: host.digest(Path(path)) for owner, path in payload["tls_on_host"].items()},
    )


def login() -> str:
    """The account that the operator came in with, also behind sudo."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def account(name: str) -> dict[str, Any] | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    home = os.path.isdir(entry.pw_dir)
    group = grp.getgrgid(entry.pw_gid).gr_name if home else ""
    return {
        "name": name,
        "uid": entry.pw_uid,
        "gid": entry.pw_gid,
        "group": group,
        "home": entry.pw_dir,
        "has_home": home,
    }


def current(root: Path) -> dict[str, Any] | None:
    """The release that is switched on, with what is wrong with it now."""
    link = root / "current"
    try:
        folder = link.resolve(strict=True)
        manifest, description = contents(folder)
        environments = description["environments"].values()
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return {"id": link.resolve().name, "damaged": ["manifest.json"]} if link.is_symlink() else None
    return {
        "id": folder.name,
        "files": {entry["path"]: entry["sha256"] for entry in manifest["files"]},
        "description": description,
        "damaged": [entry["path"] for entry in manifest["files"] if not as_made(folder, entry)],
        "well": well(root, folder.name),
        "intact": [name for name in environments if host.intact(root / "environments" / name)],
    }


def contents(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest, whose digest is the release's name, and the description."""
    if not host.sha256(folder / "manifest.json").startswith(folder.name):
        raise ValueError("not this release's manifest")
    return json.loads((folder / "manifest.json").read_text()), json.loads((folder / "release.json").read_text())


def well(root: Path, release: str) -> bool:
    """Whether the last gate that looked at this release found it well."""
    looks = [
        entry["result"] for entry in host.journal(root) if entry["release"] == release and entry["result"] != "switched"
    ]
    return looks[-1:] == ["well"]


def as_made(folder: Path, entry: dict[str, Any]) -> bool:
    path = folder / entry["path"]
    try:
        facts = path.lstat()
        mine = facts.st_uid == os.geteuid() and facts.st_mode & 0o7777 == int(entry["mode"], 8)
        return mine and host.sha256(path) == str(entry["sha256"])
    except OSError:
        return False


def servers(scope: str, root: Path, systemd: bool, owners: list[str]) -> dict[str, Any]:
    """Each server's process, what it was started from, and what a restart would end."""
    tree = host.parents()
    pids = by_systemd(owners) if scope == "system" and systemd else by_supervisor(root, tree)
    found = {}
    for owner in owners:
        state = pids.get(owner, {"pid": 0, "state": "inactive", "enabled": False})
        pid = state["pid"]
        digest = host.variables(pid).get("STATA_FLEET_SERVER", "") if pid else ""
        found[owner] = {
            **state,
            "digest": digest,
            "sessions": host.sessions(pid, tree) if pid else [],
        }
    return found


def by_systemd(owners: list[str]) -> dict[str, Any]:
    names = [f"stata-fleet@{owner}.service" for owner in owners]
    if not names:
        return {}
    keys = "Id,MainPID,ActiveState,UnitFileState,NeedDaemonReload"
    blocks = host.run("systemctl", "show", "-p", keys, *names).stdout.strip().split("\n\n")
    found = {}
    for block in blocks:
        facts = dict(line.split("=", 1) for line in block.splitlines())
        owner = facts["Id"].removeprefix("stata-fleet@").removesuffix(".service")
        found[owner] = {
            "pid": int(facts["MainPID"]),
            "state": facts["ActiveState"],
            "enabled": facts["UnitFileState"] == "enabled",
            "stale": facts["NeedDaemonReload"] == "yes",
        }
    return found


def by_supervisor(root: Path, tree: dict[int, int]) -> dict[str, Any]:
    """Supervisor's children carry their owner's name in their environment."""
    pid = host.supervisor(root)
    if not pid:
        return {}
    children = [child for child, parent in tree.items() if parent == pid]
    named = {host.variables(child).get("STATA_FLEET_OWNER", ""): child for child in children}
    return {name: {"pid": child, "state": "active", "enabled": True} for name, child in named.items() if name}


def installed_units() -> dict[str, str]:
    """Owner -> where the drop-in folder points, for every server that was ever set up here."""
    folder = Path("/etc/systemd/system")
    found = {}
    for path in folder.glob("stata-fleet@*.service.d"):
        owner = path.name.removeprefix("stata-fleet@").removesuffix(".service.d")
        found[owner] = os.readlink(path) if path.is_symlink() else ""
    template = folder / "stata-fleet@.service"
    if template.is_symlink():
        found[""] = os.readlink(template)
    return found


def veiled(root: Path, owner: str, key: str) -> str:
    """The server's own secret, readable only with this run's key, so that no log at any level shows it."""
    try:
        secret = (root / "current" / "secrets" / owner / "secret").read_bytes()
    except OSError:
        return ""
    pad = hashlib.shake_256(f"{key}{owner}".encode()).digest(len(secret))
    return bytes(a ^ b for a, b in zip(secret, pad, strict=True)).hex()
