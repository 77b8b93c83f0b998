"""A host's disk: an overlay on a base image, and what must be on it before the first boot."""

import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from .images import PACKAGES, base
from .network import Network, nameservers

STAND_IN = Path(__file__).parents[2] / "stand_in" / "stata-mp"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# From OpenSSH 9.8 on, refused sign-ins (some tests mean them) would lock the address out.
NO_PENALTIES = {"trixie": "PerSourcePenalties no\n"}


@dataclass(frozen=True)
class Disk:
    folder: Path
    suite: str
    below: tuple[Path, ...] = ()
    packages: tuple[str, ...] = PACKAGES

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def upper(self) -> Path:
        return self.folder / "upper"

    def mount(self) -> None:
        for part in ("root", "upper", "work"):
            (self.folder / part).mkdir(parents=True)
        lower = ":".join(map(str, (*self.below, base(self.suite, self.packages))))
        options = f"lowerdir={lower},upperdir={self.upper},workdir={self.folder / 'work'}"
        subprocess.run(["mount", "-t", "overlay", "fleet", "-o", options, self.root], check=True)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def link(self, path: str, target: str) -> None:
        link = self.root / path
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)

    def chroot(self, *command: str) -> None:
        subprocess.run(["chroot", self.root, *command], check=True)


def give_identity(disk: Disk, hostname: str) -> str:
    """A name, machine id and ssh host key of its own; returns the public host key."""
    disk.write("etc/hostname", f"{hostname}\n")
    disk.write("etc/hosts", f"127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost ip6-localhost ip6-loopback\n")
    disk.write("etc/machine-id", f"{uuid.uuid4().hex}\n")
    for shared_by_all in (disk.root / "etc/ssh").glob("ssh_host_*"):
        shared_by_all.unlink()
    key = disk.root / "etc/ssh/ssh_host_ed25519_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    return key.with_suffix(".pub").read_text().strip()


def give_network(disk: Disk, net: Network, address: str) -> None:
    # The name sorts before the packaged 80-container-host0.network. A cut cable must look like a
    # cut cable further down the road: the address stays, packets are lost.
    disk.write(
        "etc/systemd/network/10-host0.network",
        "[Match]\nName=host0\n"
        f"[Network]\nAddress={address}/24\nGateway={net.gateway}\n"
        "LinkLocalAddressing=no\nConfigureWithoutCarrier=yes\nIgnoreCarrierLoss=yes\n",
    )
    units = "etc/systemd/system"
    enabled = f"{units}/multi-user.target.wants/systemd-networkd.service"
    disk.link(enabled, "/lib/systemd/system/systemd-networkd.service")
    disk.link(f"{units}/systemd-firstboot.service", "/dev/null")
    disk.write("etc/resolv.conf", nameservers())


def trust_as_here(disk: Disk) -> None:
    """A proxy between this machine and the index may sign with an authority of its own."""
    if AUTHORITIES.exists():
        disk.write("etc/ssl/certs/ca-certificates.crt", AUTHORITIES.read_text())
        disk.write("etc/uv/uv.toml", "system-certs = true\n")


def trust(disk: Disk, authority: str) -> None:
    """As the machine's administrator does it for one more certificate authority."""
    disk.write("usr/local/share/ca-certificates/network.crt", authority)
    disk.chroot("update-ca-certificates")


def give_sshd(disk: Disk, *, root_may_enter: bool) -> None:
    disk.write(
        "etc/ssh/sshd_config.d/00-fleet.conf",
        "MaxStartups 100\nUseDNS no\nLogLevel VERBOSE\n"
        f"PermitRootLogin {'prohibit-password' if root_may_enter else 'no'}\n" + NO_PENALTIES.get(disk.suite, ""),
    )


def give_account(disk: Disk, account: str, public_key: str) -> None:
    """A Unix account with a private home, entered with this key."""
    home = "root" if account == "root" else f"home/{account}"
    if not (disk.root / home).exists():
        disk.chroot("useradd", "--create-home", "--shell=/bin/bash", account)
    disk.write(f"{home}/.ssh/authorized_keys", f"{public_key}\n", mode=0o600)
    for private in (home, f"{home}/.ssh"):
        (disk.root / private).chmod(0o700)
    disk.chroot("chown", "-R", f"{account}:", f"/{home}/.ssh")


def give_sudo(disk: Disk, account: str) -> None:
    disk.write(f"etc/sudoers.d/{account}", f"{account} ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)


def give_stata(disk: Disk) -> None:
    folder = disk.root / "usr/local/stata18"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(STAND_IN, folder / "stata-mp")
    (folder / "stata-mp").chmod(0o755)


def keep_journal(disk: Disk) -> None:
    """On the disk, so that it outlives a power cut and can be read when the host is down."""
    (disk.root / "var/log/journal").mkdir(parents=True, exist_ok=True)
