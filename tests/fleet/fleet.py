"""The fleet: hosts on one network, the keys to them, and an ssh that knows both."""

import atexit
import itertools
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from . import claim as claims
from . import disk as disks
from . import network
from .disk import Disk
from .host import Host
from .images import BARE_MACHINE
from .machine import Machine
from .poll import until

OWNERS = ("alice", "bob")
ATTACKER = "mallory"
NEWCOMER = "newcomer"
UNUSED = 250


class Fleet:
    """Use it in a `with`: what it made is gone afterwards, also after Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self.hosts: dict[str, Host] = {}
        self._addresses = itertools.count(10)
        self._claim: claims.Claim | None = None

    def __enter__(self) -> Self:
        self._handler = signal.signal(signal.SIGTERM, signal.default_int_handler)
        atexit.register(self.close)
        self._claim = claims.take()
        self._network = network.create(self._claim.number)
        self.folder = self._claim.storage / "ssh"
        self.folder.mkdir(mode=0o700)
        for account in ("root", "admin", *OWNERS, ATTACKER, NEWCOMER):
            _keygen(self.key(account))
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        signal.signal(signal.SIGTERM, self._handler)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def gateway(self) -> str:
        return self._network.gateway

    @property
    def unreachable_address(self) -> str:
        return self._network.address(UNUSED)

    def key(self, account: str) -> Path:
        """The private key that opens this account, on every host that has it."""
        return self.folder / account

    def add(self, name: str, suite: str, login: str = "root", golden: Host | None = None) -> Host:
        """A host, not yet on; a golden one lends it all that it had when it was turned off."""
        host = self._plug_in(name, Disk(self._taken.storage / name, suite, _layers(golden) if golden else ()), login)
        self._furnish(host)
        self._write_ssh_files()
        return host

    def add_bare(self, name: str, suite: str, authority: str) -> Host:
        """A machine as one tries us on: what the README asks for, one account, its network's certificate authority."""
        host = self._plug_in(name, Disk(self._taken.storage / name, suite, packages=BARE_MACHINE), NEWCOMER)
        disks.give_account(host.disk, NEWCOMER, self._public(NEWCOMER))
        disks.trust(host.disk, authority)
        self._write_ssh_files()
        return host

    def open_tls(self, port: int) -> None:
        """Connections of the hosts to port 443, wherever it be, end at this port of the gateway."""
        network.redirect_tls(self._network, self._taken.number, port)

    def remove(self, host: Host) -> None:
        """The host is off and forgotten; its address is not given away again."""
        host.power_cut()
        claims.remove_storage(host.disk.folder)
        del self.hosts[host.name]
        self._write_ssh_files()

    @contextmanager
    def spare(
        self, name: str, suite: str = "bookworm", login: str = "root", golden: Host | None = None
    ) -> Iterator[Host]:
        """A further host, up, for one test to do with as it likes."""
        host = self.add(name, suite, login, golden)
        try:
            self.boot(host)
            yield host
        finally:
            self.remove(host)

    def boot(self, *hosts: Host) -> None:
        """All of them are up; they boot side by side."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Host.start, hosts))

    def ssh(self, host: Host, user: str, *command: str) -> list[str]:
        """The words that run a command on a host by ssh, with strict host keys."""
        return [*self._ssh(user), host.name, *command]

    @contextmanager
    def forward(self, host: Host, user: str, to: int | str) -> Iterator[int]:
        """A local port that `ssh -L` carries to a port or a unix socket on the host."""
        port = _free_port()
        target = f"127.0.0.1:{to}" if isinstance(to, int) else to
        options = ["-N", "-o", "ExitOnForwardFailure=yes", "-L", f"127.0.0.1:{port}:{target}"]
        command = [*self._ssh(user), *options, host.name]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tunnel:
            try:
                until(lambda: _accepts(port, tunnel), f"ssh forwards to {host.name} {to}", 20)
                yield port
            finally:
                tunnel.terminate()

    def close(self) -> None:
        """Nothing of this fleet is left on the machine; safe to repeat."""
        if self._claim is None:
            return
        try:
            for host in self.hosts.values():
                host.power_cut()
        finally:
            self._claim.release()
        self._claim = None
        self.hosts.clear()
        atexit.unregister(self.close)

    @property
    def _taken(self) -> claims.Claim:
        if self._claim is None:
            raise RuntimeError("this fleet is not open: use it in a `with`")
        return self._claim

    def _group(self, name: str) -> str:
        return f"stata-fleet-{self._taken.number}-{name}"

    def _plug_in(self, name: str, disk: Disk, login: str) -> Host:
        """A machine with that disk, a name and an address."""
        machine = Machine(self._taken.machine(name), name, disk.root, self._network.bridge, self._group(name))
        host = Host(machine, disk, self._network.address(next(self._addresses)), login)
        self.hosts[name] = host
        disk.mount()
        host.host_key = disks.give_identity(disk, name)
        disks.give_network(disk, self._network, host.address)
        disks.give_sshd(disk, root_may_enter=login == "root")
        disks.keep_journal(disk)
        return host

    def _furnish(self, host: Host) -> None:
        disk = host.disk
        disks.trust_as_here(disk)
        disks.give_stata(disk)
        for account in {"root": 0, host.login: 0, **dict.fromkeys((*OWNERS, ATTACKER))}:
            disks.give_account(disk, account, self._public(account))
        if host.login != "root":
            disks.give_sudo(disk, host.login)

    def _public(self, account: str) -> str:
        return self.key(account).with_suffix(".pub").read_text().strip()

    def _ssh(self, user: str) -> list[str]:
        return ["ssh", "-F", str(self.config), "-l", user]

    def _write_ssh_files(self) -> None:
        hosts = self.hosts.values()
        known = [f"{host.name},{host.address} {host.host_key}\n" for host in hosts]
        self.known_hosts.write_text("".join(known))
        self.config.write_text("".join(map(self._ssh_entry, hosts)))

    def _ssh_entry(self, host: Host) -> str:
        # %r is the remote account: each is entered with its own key and no other.
        return (
            f"Host {host.name} {host.address}\n"
            f"  HostName {host.address}\n  User {host.login}\n"
            f"  IdentityFile {self.folder}/%r\n  IdentitiesOnly yes\n  IdentityAgent none\n"
            f"  UserKnownHostsFile {self.known_hosts}\n  GlobalKnownHostsFile /dev/null\n"
            "  StrictHostKeyChecking yes\n  BatchMode yes\n  ConnectTimeout 5\n"
        )


def _layers(golden: Host) -> tuple[Path, ...]:
    if golden.machine.is_on:
        raise RuntimeError(f"{golden.name} is on: only a stopped host can be copied")
    golden.copied = True
    return (golden.disk.upper, *golden.disk.below)


def _keygen(key: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key.name, "-f", str(key)]
    subprocess.run(command, check=True)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _accepts(port: int, tunnel: subprocess.Popen[str]) -> bool:
    if tunnel.poll() is not None and tunnel.stderr:
        raise RuntimeError(f"ssh ended: {tunnel.stderr.read()}")
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
