"""A password, a token and a key on their way to a host: who could read them, and where they show."""

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from .attack import environment, under
from .authority import Authority
from .fortress import FIRST, HASH, PLANTED, Fortress
from .project import Project

CREDENTIALS = "credentials-of-the-index"
VALUE = "value-of-a-password-source"
# Each source, what it holds, and a clear word of why it is refused.
SOURCES = {
    "env": ("{env: LAB_PASSWORD}", VALUE * 4, "over 72 bytes"),
    "file": ("{file: ../password}", f"{VALUE}\nsecond line", "not a single line"),
    "command": ("{command: 'cat ../password; cat ../password >&2; exit 7'}", VALUE, "failed with status 7"),
    "long command": ("{command: cat ../password}", VALUE * 4, "over 72 bytes"),
}


@pytest.mark.parametrize("host", ["fort", "keep"])
def test_a_neighbour_who_reads_all_he_can_during_three_deploys_finds_no_secret(
    fortress: Fortress, host: str, record_property: Callable[[str, object], None]
) -> None:
    seen, secrets = fortress.seen[host], fortress.secrets()
    for count in ("rounds", "files", "processes"):
        record_property(count, seen[count])

    assert seen["rounds"] > 100
    assert seen["found"].pop("planted")
    assert seen["found"] == {}
    assert not set(secrets.values()) & {*seen["texts"]["hash"], *seen["texts"]["token"]}


def test_no_log_of_the_hosts_holds_a_secret(fortress: Fortress) -> None:
    secrets = fortress.secrets()
    for host in (fortress.fort, fortress.keep):
        journal = host.run("journalctl --no-pager --output=export --all").stdout

        assert PLANTED in journal
        assert not [name for name, secret in secrets.items() if secret in journal]
        assert not re.findall(HASH, journal)
    assert "sudo" in fortress.keep.journal()


@pytest.mark.parametrize("run", ["first", "json", "operations", "dry", "inventory", "second"])
def test_nothing_that_a_run_prints_holds_a_secret(fortress: Fortress, run: str) -> None:
    said, secrets = fortress.said[run], fortress.secrets()
    token = secrets.pop("carol")

    assert "fort" in said
    assert not [name for name, secret in secrets.items() if secret in said]
    assert not re.findall(HASH, said)
    assert said.count(token) == (1 if run == "first" else 0)
    assert said.count("shown once") == (1 if run == "first" else 0)


def test_no_program_or_temporary_file_of_the_controller_shows_a_secret(fortress: Fortress) -> None:
    assert fortress.here == {"a process", "to the end"}


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_is_refused_never_shows_its_value(fortress: Fortress, source: str, project: Project) -> None:
    password, value, why = SOURCES[source]
    project.inventory(f"hosts: {{{fortress.fort.name}: {{servers: {{bob: {{password: {password}}}}}}}}}\n")
    (project.folder / "password").write_text(value)
    (project.folder / "password").chmod(0o600)
    project.environment["LAB_PASSWORD"] = value

    run = project.pyinfra("-y", "-vvv", "--debug")

    assert run.returncode == 1
    assert why in run.stdout
    assert VALUE not in run.stdout


def test_the_credentials_of_an_index_show_nowhere_when_it_refuses(fortress: Fortress, tmp_path: Path) -> None:
    host, project, authority = fortress.keep, fortress.project, Authority("The index")
    gateway = host.run("ip -4 route show default").stdout.split()[2]
    (tmp_path / "ca.pem").write_text(authority.certificate)
    shown = authority.sign(gateway, tmp_path / "index.pem")
    stamp = f"{environment(host)}/stamp"
    asked = {"needles": {"index": CREDENTIALS}, "patterns": {}}
    with under(fortress.fleet, host, "watch", asked) as attack, refusing_index(shown) as index:
        url = f"https://lab:{CREDENTIALS}@{gateway}:{index.server_port}/simple"
        data = project.group_data("keep", f"index: {{url: '{url}', ca_bundle: {tmp_path}/ca.pem}}\n")
        host.run(f"mv {stamp} {stamp}.kept")
        try:
            run = project.pyinfra("-y", "-vvv", "--debug", "--diff", "--limit", "keep")
            listed = project.run("pyinfra", "inventory.py", "debug-inventory").stdout
        finally:
            data.unlink()
            host.run(f"mv {stamp}.kept {stamp}")
        report = attack.end()

    assert run.returncode == 1
    assert index.asked, run.stdout
    assert CREDENTIALS not in run.stdout + listed + host.journal()
    assert report["found"] == {}


class Index(ThreadingHTTPServer):
    asked: list[str]


class Refuses(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.asked.append(json.dumps(dict(self.headers)))
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def refusing_index(certificate: Path) -> Iterator[Index]:
    index = Index(("0.0.0.0", 0), Refuses)  # noqa: S104 - the hosts reach it through their gateway
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    index.socket = context.wrap_socket(index.socket, server_side=True)
    index.asked = []
    thread = threading.Thread(target=index.serve_forever)
    thread.start()
    try:
        yield index
    finally:
        index.shutdown()
        thread.join()
        index.server_close()


def test_a_password_that_was_changed_opens_and_the_old_one_does_not(fortress: Fortress) -> None:
    with fortress.visit("bob") as bob:
        assert bob.sign_in(fortress.password).status_code == 302
    with fortress.visit("bob") as stranger:
        assert stranger.sign_in(FIRST).status_code == 401
    with fortress.visit("bob") as bob:  # forgives the failure
        bob.sign_in(fortress.password)
