"""A lab with every kind of server, as routes."""

from pathlib import Path

from statafleet.access.route import Route, routes
from statafleet.access.ssh_config import Known
from statafleet.inventory.load import load
from statafleet.inventory.reads import NOTHING

INVENTORY = """\
hosts:
  econ1.lab.example:
    ssh: {user: admin, key: ~/.ssh/admins-own}
    servers:
      alice: {bind: 127.0.0.1, port: 8888}
      bob: {bind: 127.0.0.1, port: 8889, base_url: /bob/}
  econ2.lab.example:
    ssh: {port: 2222}
    servers: {alice: }
  teach.lab.example:
    servers: {alice: {bind: 192.0.2.7, tls: {certificate: lab.crt, key: lab.key}}}
"""
KNOWN = {
    "econ1.lab.example": Known(fingerprints=("ED25519 SHA256:kfZfBhJp6NQxhS7C0yQzX0Vn3mMZ2mJQ0d8h8T1r9aA",)),
    "econ2.lab.example": Known(options=(("HostName", "192.0.2.5"), ("ProxyJump", "gate.lab.example"))),
}


def lab(folder: Path, text: str = INVENTORY) -> tuple[Route, ...]:
    (folder / "inventory").mkdir()
    (folder / "inventory/lab.yml").write_text(text)
    for name in ("lab.crt", "lab.key"):
        (folder / "inventory" / name).write_text("")
    return routes(load(folder, account="carol", reads=NOTHING))


def fingerprints(route: Route) -> tuple[str, ...]:
    return KNOWN.get(route.host, Known()).fingerprints
