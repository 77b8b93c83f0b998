"""The certificates that lie on the controller, each read once, and what is wrong with them."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet import named_file
from statafleet.secrets import pem
from statafleet.secrets.secret import KeyPair, Secret
from statafleet.settings.model.jupyter import ON_HOST
from statafleet.settings.problems.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from statafleet.inventory.hosts import Host, Server
    from statafleet.settings.model.jupyter import Tls
    from statafleet.settings.text.node import Node

# (host, owner) -> what the server speaks TLS with.
KeyPairs = dict[tuple[str, str], KeyPair]


def read_all(hosts: Iterable[Host]) -> tuple[KeyPairs, list[Problem]]:
    found: KeyPairs = {}
    problems: list[Problem] = []
    for host in hosts:
        for server in host.servers:
            node, tls = server.node.child("tls"), server.jupyter.tls
            if node is None or tls is None or tls.on_host:
                continue
            wrong = list(_problems(node, server))
            problems += wrong
            if not wrong:
                certificate, key = (named_file.text(path) or "" for path in (tls.certificate, tls.key))
                found[host.name, server.owner] = KeyPair(pem.certificates(certificate), Secret(pem.private_key(key)))
    return found, problems


def _problems(node: Node, server: Server) -> Iterator[Problem]:
    tls = server.jupyter.tls
    if tls is None:
        return
    if ON_HOST in (tls.certificate[: len(ON_HOST)], tls.key[: len(ON_HOST)]):
        yield Problem.of(node, "one is on the host and the other on the controller", "keep both in one place")
        return
    unreadable = [name for name in ("certificate", "key") if named_file.text(getattr(tls, name)) is None]
    for name in unreadable:
        yield Problem.of(node.child(name) or node, "cannot read this file", "put the file there, or correct the path")
    if unreadable:
        return
    if Path(tls.key).stat().st_mode & 0o077:
        yield Problem.of(node.child("key") or node, "others on this machine can read this key", f"chmod 600 {tls.key}")
    if not _fit(tls):
        what = "this certificate and this key cannot be used together"
        yield Problem.of(node, what, "name a PEM certificate and its own key, which no passphrase locks")


def _fit(tls: Tls) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, password=lambda: "")
    except (ssl.SSLError, ValueError, OSError):
        return False
    certificate, key = (named_file.text(path) or "" for path in (tls.certificate, tls.key))
    return bool(pem.certificates(certificate) and pem.private_key(key))
