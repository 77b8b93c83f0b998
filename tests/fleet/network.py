"""The hosts' network: a bridge of our own, and masquerading so that they reach a package index."""

import fcntl
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from pathlib import Path

FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
WAS_OFF = Path("/run/stata-fleet-tests/forwarding-was-off")


@dataclass(frozen=True)
class Network:
    bridge: str
    subnet: IPv4Network

    @property
    def gateway(self) -> str:
        return self.address(1)

    def address(self, number: int) -> str:
        return str(self.subnet[number])


def create(number: int) -> Network:
    net = Network(bridge=f"sfbr{number}", subnet=_free_subnet(number))
    _ip("link", "add", net.bridge, "type", "bridge")
    _ip("address", "add", f"{net.gateway}/24", "dev", net.bridge)
    _ip("link", "set", net.bridge, "up")
    _masquerade(net, _table(number))
    with _forwarding_lock():
        if FORWARDING.read_text().strip() == "0":
            WAS_OFF.touch()
            FORWARDING.write_text("1")
    return net


def redirect_tls(net: Network, number: int, port: int) -> None:
    """What hosts of this network send to anybody's port 443 arrives at this one, on the gateway; as long as it is."""
    rules = f"""table ip {_table(number)} {{
        chain prerouting {{
            type nat hook prerouting priority dstnat
            iifname "{net.bridge}" tcp dport 443 redirect to :{port}
        }}
    }}"""
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def remove(number: int) -> None:
    """Only what bears this number's names; forwarding goes off with the last of our bridges."""
    for link in links():
        if link == f"sfbr{number}" or link.startswith(f"vb-sf{number}-"):
            subprocess.run(["ip", "link", "delete", link], stderr=subprocess.DEVNULL, check=False)
    subprocess.run(["nft", "delete", "table", "ip", _table(number)], stderr=subprocess.DEVNULL, check=False)
    with _forwarding_lock():
        if WAS_OFF.exists() and not any(link.startswith("sfbr") for link in links()):
            FORWARDING.write_text("0")
            WAS_OFF.unlink()


def set_link(machine: str, state: str) -> None:
    _ip("link", "set", f"vb-{machine}", state)


def nameservers() -> str:
    """A resolv.conf that is also true inside a host, where a resolver on loopback is not there."""
    resolved = Path("/run/systemd/resolve/resolv.conf")
    text = Path("/etc/resolv.conf").read_text()
    return resolved.read_text() if "nameserver 127." in text and resolved.exists() else text


def _masquerade(net: Network, table: str) -> None:
    rules = f"""table ip {table} {{
        chain postrouting {{
            type nat hook postrouting priority srcnat
            ip saddr {net.subnet} oifname != "{net.bridge}" masquerade
        }}
    }}"""
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def _free_subnet(number: int) -> IPv4Network:
    used = [ip_network(r["dst"]) for r in _json("route") if r["dst"] != "default"]
    candidates = (IPv4Network(f"10.{second}.{number}.0/24") for second in range(77, 256))
    return next(net for net in candidates if not any(net.overlaps(u) for u in used))


def _table(number: int) -> str:
    return f"stata_fleet_{number}"


def links() -> list[str]:
    return [link["ifname"] for link in _json("link")]


def _json(*arguments: str) -> list[dict[str, str]]:
    shown = subprocess.run(["ip", "-json", *arguments], capture_output=True, check=True)
    answer: list[dict[str, str]] = json.loads(shown.stdout or b"[]")
    return answer


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


@contextmanager
def _forwarding_lock() -> Iterator[None]:
    WAS_OFF.parent.mkdir(exist_ok=True)
    with (WAS_OFF.parent / "forwarding.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
