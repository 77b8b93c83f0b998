"""All that we want to know of a host, read in one go. Changes nothing."""

import hashlib
import os
import platform
import pwd
import sys
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from statafleet_host import proc

from statafleet_sent.managers import systemd
from statafleet_sent.managers.manager import Manager, manager
from statafleet_sent.parts import (
    changeable,
    files,
    journal,
    key_pair,
    lease,
    listeners,
    login,
    machine,
    release,
    told,
)
from statafleet_sent.parts.release import ManifestFile
from statafleet_sent.wire import (
    Account,
    Certificate,
    Changeable,
    Console,
    Description,
    Installed,
    Interpreter,
    KeyPair,
    Observed,
    ObserveQuestion,
    PortHolder,
    Running,
    Sessions,
)


def main(question: ObserveQuestion) -> Observed:
    root = Path(question.root).expanduser()
    has_systemd = systemd.runs()
    chosen = manager("systemd" if question.scope == "system" and has_systemd else "supervisor", root)
    known = servers(root, chosen, question.owners)
    stata = machine.stata(question.stata)
    folders = sorted({path for both in machine.folders(question.directories).values() for path in both})
    by_others = changeable_paths(question, root, stata, folders)
    return Observed(
        root=str(root),
        is_root=os.geteuid() == 0,
        has_systemd=has_systemd,
        python=interpreter(),
        machine=platform.machine(),
        login=account(login.account()) or Account(login.account(), os.getuid(), "/", has_home=False),
        accounts={owner: account(owner) for owner in question.owners},
        installed=installed(root),
        servers=known,
        port_holders=strangers(question.addresses, known.values()),
        unit_links=chosen.links(),
        veiled_secrets={owner: veiled(root, owner, question.veil_key) for owner in question.owners},
        stata=stata,
        missing_folders=machine.missing_folders(question.directories),
        uv_versions=machine.uv_versions(root),
        free_bytes=machine.free_bytes(root),
        has_ca_store=machine.has_ca_store(),
        tls_on_host={owner: certificate(pair, by_others) for owner, pair in question.tls.items()},
        changeable=by_others,
        hidden=tuple(filter(changeable.hidden, folders)),
        sudo_logs_input=machine.sudo_logs_input(),
        lease=lease.seen(root),
    )


def strangers(addresses: Iterable[str], servers: Collection[Running]) -> tuple[PortHolder, ...]:
    held = [server.listens for server in servers]
    return listeners.strangers(addresses, [server.pid for server in servers], held)


def changeable_paths(
    question: ObserveQuestion, root: Path, stata: Console, folders: list[str]
) -> dict[str, Changeable]:
    """Where systemd or root goes for an owner, and what the kernels of all owners run."""
    if question.scope != "system":
        return {}
    files = [path for pair in question.tls.values() for path in (pair.certificate, pair.key)]
    found = {path: changeable.on_the_way(path) for path in (*folders, *files)}
    found |= {path: changeable.on_the_way_or_itself(path) for path in (str(root), stata.path) if path}
    return {path: by for path, by in found.items() if by}


def certificate(pair: KeyPair, by_others: dict[str, Changeable]) -> Certificate:
    """Root opens nothing that an owner may have put there."""
    return Certificate() if {pair.certificate, pair.key} & by_others.keys() else key_pair.certificate(pair)


def interpreter() -> Interpreter:
    """Its path as the shell found it, which it gave us as our one argument."""
    return Interpreter(sys.argv[1], ".".join(map(str, sys.version_info[:2])))


def account(name: str) -> Account | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(name, entry.pw_uid, entry.pw_dir, has_home=os.path.isdir(entry.pw_dir))


def installed(root: Path) -> Installed | None:
    """The release that is switched on, with what is wrong with it now."""
    name = release.current(root)
    if not name:
        return None
    folder = Path(os.path.realpath(root / "current"))
    try:
        entries = release.manifest(folder, name).files
        description = release.description(folder)
    except (OSError, ValueError):
        unknown = Description(servers={}, environments={}, stata={})
        return Installed(name, {}, unknown, damaged=("manifest.json",), well=False, intact=())
    verdict = journal.verdict(root, name)
    return Installed(
        id=name,
        files={entry.path: entry.sha256 for entry in entries},
        description=description,
        damaged=tuple(entry.path for entry in entries if not as_made(folder, entry)),
        well=verdict is not None and verdict.result == "well",
        failed=verdict.failed if verdict else (),
        intact=tuple(each for each in description.environments.values() if files.intact(root / "environments" / each)),
    )


def as_made(folder: Path, entry: ManifestFile) -> bool:
    path = folder / entry.path
    try:
        facts = path.lstat()
        mine = facts.st_uid == os.geteuid() and f"{facts.st_mode & 0o7777:o}" == entry.mode
        return mine and files.sha256(path) == entry.sha256
    except OSError:
        return False


def servers(root: Path, manager: Manager, owners: tuple[str, ...]) -> dict[str, Running]:
    """Each server's process, what it was started from and told since, and what a restart would end."""
    tree = proc.parents()
    found = sorted(manager.servers(owners).items())
    return {owner: completed(root, owner, server, tree) if server.pid else server for owner, server in found}


def completed(root: Path, owner: str, server: Running, tree: dict[int, int]) -> Running:
    return replace(
        server,
        digest=proc.environ(server.pid).get("STATA_FLEET_SERVER", ""),
        sign_in=told.counts(root, owner, server.pid, "sign_in"),
        certificate=told.counts(root, owner, server.pid, "certificate"),
        sessions=sessions(server.pid, tree),
    )


def sessions(pid: int, tree: dict[int, int]) -> Sessions:
    """What a restart of this server would end: its kernels and terminals.

    Every child of a Jupyter server is somebody's work: kernels are started with a connection file, the rest are
    terminals' shells and language servers.
    """
    children = [proc.cmdline(child) for child, parent in tree.items() if parent == pid]
    kernels = sum(any(word.endswith(".json") and "kernel-" in word for word in words) for words in children)
    return Sessions(kernels, sum(map(bool, children)) - kernels)


def veiled(root: Path, owner: str, key: str) -> str:
    """The server's own secret, readable only with this run's key, so that no log at any level shows it."""
    try:
        secret = (root / "current" / "secrets" / owner / "secret").read_bytes()
    except OSError:
        return ""
    pad = hashlib.shake_256(f"{key}{owner}".encode()).digest(len(secret))
    return bytes(a ^ b for a, b in zip(secret, pad, strict=True)).hex()
