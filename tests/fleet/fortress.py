"""Two hosts that were deployed and changed while mallory watched, with a server of every kind.

fort, entered as root: alice's server is sealed and, as without a word, on a socket, bob's on loopback, carol's on an
address with TLS and a token. keep, by sudo: alice's on loopback.
"""

import os
import shlex
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from . import certificates
from .attack import under
from .fleet import Fleet
from .host import Host
from .poll import until
from .project import Project
from .visitor import Visitor

FIRST, SECOND = "first-password-for-the-watcher", "second-password-for-the-watcher"
PLANTED = "planted-for-the-watcher"
HASH = r"\$2b\$12\$[./A-Za-z0-9]{53}"
TOKEN = r"(?<![\w-])[\w-]{43}(?![\w-])"
SOCKET = "/run/stata-fleet/alice.sock"
INVENTORY = """\
hosts:
  fort:
    ssh: {{user: root}}
    servers:
      alice: {{profile: sealed, limits: {{memory: 4G, cpus: 1.5, tasks: 500}}, password: {password}}}
      bob: {{bind: 127.0.0.1, port: 8889, password: {password}}}
      carol: {{bind: {address}, port: 8443}}
  keep:
    ssh: {{user: admin}}
    sudo: true
    servers: {{alice: {{bind: 127.0.0.1, password: {password}}}}}
"""
TLS = "servers: {carol: {tls: {certificate: ../lab.crt, key: ../lab.key}}}\n"


@dataclass
class Fortress:
    project: Project
    fleet: Fleet
    fort: Host
    keep: Host
    key: str
    password: str = FIRST
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)

    def deploy(self, *arguments: str) -> str:
        """What a run prints that goes well."""
        done = self.project.pyinfra("-y", *arguments)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def set_password(self, password: str) -> None:
        file = self.project.folder / "password"
        file.write_text(password)
        file.chmod(0o600)
        self.password = password

    def secrets(self) -> dict[str, str]:
        """Every secret that a deploy handles, by name."""
        on_host = {owner: self.secret(self.fort, owner) for owner in ("alice", "bob", "carol")}
        body = self.key.splitlines()[1]
        return {"first": FIRST, "second": SECOND, "key": body, **on_host, "keep": self.secret(self.keep, "alice")}

    def secret(self, host: Host, owner: str) -> str:
        return host.read(f"/opt/stata-fleet/current/secrets/{owner}/secret").decode().removeprefix("token:")

    @contextmanager
    def visit(self, owner: str) -> Iterator[Visitor]:
        """One of fort's servers, from somewhere else, as its owner reaches it."""
        if owner == "carol":
            yield Visitor(f"https://{self.fort.address}:8443")
            return
        with self.fleet.forward(self.fort, owner, SOCKET if owner == "alice" else 8889) as port:
            yield Visitor(f"http://127.0.0.1:{port}")

    def sign_in(self, visitor: Visitor, owner: str) -> int:
        word = self.secret(self.fort, "carol") if owner == "carol" else self.password
        return visitor.sign_in(word).status_code


def build(folder: Path, fleet: Fleet) -> Fortress:
    fort, keep = fleet.add("fort", "bookworm"), fleet.add("keep", "bookworm", login="admin")
    fleet.boot(fort, keep)
    fort.add_user("carol")
    project = Project(folder, fleet)
    key = certificates.write(project.folder, "fort", days=90)
    made = Fortress(project, fleet, fort, keep, key)
    project.inventory(INVENTORY.format(password="{file: ../password}", address=fort.address))
    project.group_data("all", "stata: {path: /usr/local/stata18/stata-mp}\n")
    project.group_data("fort", TLS)
    project.environment["TMPDIR"] = str(folder / "tmp")
    (folder / "tmp").mkdir()
    with watched(made), looking_here(made):
        deploy_thrice(made)
    return made


def deploy_thrice(made: Fortress) -> None:
    """By root and by sudo to hosts that have nothing, then a changed password; with all that can be printed."""
    made.set_password(FIRST)
    made.said["first"] = made.deploy("-vvv", "--debug", "--diff")
    made.set_password(SECOND)
    for name, words in {"json": ["--json"], "operations": ["--debug-operations"], "dry": ["-vvv", "--diff"]}.items():
        made.said[name] = made.project.pyinfra("--dry", *words).stdout
    made.said["inventory"] = made.project.run("pyinfra", "inventory.py", "debug-inventory").stdout
    made.said["second"] = made.deploy("-vvv", "--debug", "--diff")


@contextmanager
def watched(made: Fortress) -> Iterator[None]:
    """By mallory, on both hosts; each watcher shows first that it finds what there is to find."""
    asked = {
        "needles": {"first": FIRST, "second": SECOND, "key": made.key.splitlines()[1], "planted": PLANTED},
        "patterns": {"hash": HASH, "token": TOKEN},
    }
    with ExitStack() as stack:
        attacks = {
            host: stack.enter_context(under(made.fleet, host, "watch", asked)) for host in (made.fort, made.keep)
        }
        for host, attack in attacks.items():
            plant(host)
            until(partial(len, attack.lines), "the watcher finds what is planted")
        yield
        made.seen |= {host.name: attack.end() for host, attack in attacks.items()}


def plant(host: Host) -> None:
    """A process of root's with a secret among its arguments, as long as it takes to be seen."""
    host.run(f"systemd-run --quiet --collect {shlex.join(['/bin/sh', '-c', 'sleep 20', PLANTED])}")


@contextmanager
def looking_here(made: Fortress) -> Iterator[None]:
    """At the programs that run here with the project's home, and at its temporary files."""
    over = threading.Event()
    reader = threading.Thread(target=_look_here, args=(made, over))
    reader.start()
    try:
        yield
    finally:
        over.set()
        reader.join()


def _look_here(made: Fortress, over: threading.Event) -> None:
    mark = f"HOME={made.project.home}".encode()
    needles = [FIRST.encode(), SECOND.encode(), made.key.splitlines()[1].encode()]
    while not over.wait(0.02):
        for process in Path("/proc").glob("[0-9]*"):
            variables = _content(process / "environ")
            if mark in variables:
                made.here.add("a process")
                text = variables + _content(process / "cmdline")
                made.here |= {f"{process}: {needle!r}" for needle in needles if needle in text}
        for folder, _, names in os.walk(made.project.environment["TMPDIR"]):
            made.here |= {f"{folder}/{name}" for name in names for n in needles if n in _content(Path(folder, name))}
    made.here.add("to the end")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
