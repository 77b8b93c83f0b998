"""All that we want to know of a host, read in one go. Changes nothing."""

import hashlib
import json
import os
import platform
import pwd
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from statafleet_sent.parts import host, listeners, machine
from statafleet_sent.wire import Account, Description, Installed, Interpreter, Observed, ObserveQuestion, Running, plain


def main(payload: dict[str, Any]) -> None:
    interpreter = Interpreter(payload.pop("python"), ".".join(map(str, sys.version_info[:2])))
    host.report(**plain(observed(ObserveQuestion(**payload), interpreter)))


def observed(asked: ObserveQuestion, interpreter: Interpreter) -> Observed:
    root = Path(asked.root).expanduser()
    systemd = Path("/run/systemd/system").is_dir()
    links = installed_units() if asked.scope == "system" and systemd else {}
    known = servers(asked.scope, root, systemd, sorted({*asked.owners, *links} - {""}))
    return Observed(
        root=str(root),
        is_root=os.geteuid() == 0,
        has_systemd=systemd,
        python=interpreter,
        machine=platform.machine(),
        login=account(login()) or Account(login(), os.getuid(), "/", has_home=False),
        accounts={name: account(name) for name in asked.owners},
        installed=current(root),
        servers=known,
        port_holders=listeners.strangers(asked.ports, [server.pid for server in known.values()]),
        unit_links=links,
        veiled_secrets={name: veiled(root, name, asked.veil_key) for name in asked.owners},
        stata=machine.stata(asked.stata),
        missing_folders=machine.missing(asked.directories),
        uv_versions=machine.tools(root),
        free_bytes=machine.free(root),
        has_ca_store=machine.certificates(),
        tls_on_host={owner: machine.certificate(Path(path)) for owner, path in asked.tls.items()},
        lease=None,
    )


def login() -> str:
    """The account that the operator came in with, also behind sudo."""
    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name


def account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_dir, has_home=os.path.isdir(entry.pw_dir))


def current(root: Path) -> Installed | None:
    """The release that is switched on, with what is wrong with it now."""
    link = root / "current"
    try:
        folder = link.resolve(strict=True)
        manifest, description = contents(folder)
        environments = description.environments.values()
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        unknown = Description(servers={}, environments={}, stata={})
        broken = Installed(link.resolve().name, {}, unknown, damaged=("manifest.json",), well=False, intact=())
        return broken if link.is_symlink() else None
    return Installed(
        id=folder.name,
        files={entry["path"]: entry["sha256"] for entry in manifest["files"]},
        description=description,
        damaged=tuple(entry["path"] for entry in manifest["files"] if not as_made(folder, entry)),
        well=well(root, folder.name),
        intact=tuple(name for name in environments if host.intact(root / "environments" / name)),
    )


def contents(folder: Path) -> tuple[dict[str, Any], Description]:
    """The manifest, whose digest is the release's name, and the description."""
    if not host.sha256(folder / "manifest.json").startswith(folder.name):
        raise ValueError("not this release's manifest")
    description = json.loads((folder / "release.json").read_text())
    return json.loads((folder / "manifest.json").read_text()), Description(**description)


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


def servers(scope: str, root: Path, systemd: bool, owners: list[str]) -> dict[str, Running]:
    """Each server's process, what it was started from, and what a restart would end."""
    tree = host.parents()
    found = by_systemd(owners) if scope == "system" and systemd else by_supervisor(root, tree)
    return {owner: completed(found.get(owner, Running()), tree) for owner in owners}


def completed(server: Running, tree: dict[int, int]) -> Running:
    """With what its process alone can tell."""
    if not server.pid:
        return server
    digest = host.variables(server.pid).get("STATA_FLEET_SERVER", "")
    return replace(server, digest=digest, sessions=host.sessions(server.pid, tree))


def by_systemd(owners: list[str]) -> dict[str, Running]:
    names = [f"stata-fleet@{owner}.service" for owner in owners]
    if not names:
        return {}
    keys = "Id,MainPID,UnitFileState,NeedDaemonReload"
    blocks = host.run("systemctl", "show", "-p", keys, *names).stdout.strip().split("\n\n")
    found = {}
    for block in blocks:
        facts = dict(line.split("=", 1) for line in block.splitlines())
        owner = facts["Id"].removeprefix("stata-fleet@").removesuffix(".service")
        found[owner] = Running(
            pid=int(facts["MainPID"]),
            enabled=facts["UnitFileState"] == "enabled",
            stale=facts["NeedDaemonReload"] == "yes",
        )
    return found


def by_supervisor(root: Path, tree: dict[int, int]) -> dict[str, Running]:
    """Supervisor's children carry their owner's name in their environment."""
    pid = host.supervisor(root)
    if not pid:
        return {}
    children = [child for child, parent in tree.items() if parent == pid]
    named = {host.variables(child).get("STATA_FLEET_OWNER", ""): child for child in children}
    return {name: Running(pid=child, enabled=True) for name, child in named.items() if name}


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
