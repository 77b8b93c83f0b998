"""Where the servers listen, and who gets an answer there."""

import shlex
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
import requests
import websocket

from . import certificates
from .attack import ask, environment, readable
from .fortress import SOCKET, TLS, Fortress
from .host import Host
from .poll import until
from .visitor import Visitor

BINDS = {"alice": "socket", "bob": "loopback", "carol": "TLS"}
TAKE = "python3 -m http.server 9977 --bind 127.0.0.1"
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
NEW = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)

LENIENT = b"""
openssl_conf = all
[all]
ssl_conf = programs
[programs]
system_default = policy
[policy]
MinProtocol = TLSv1
CipherString = ALL:@SECLEVEL=0
"""
# As Jupyter 2.21 reads its configuration, and tornado makes TLS of it.
SERVE = b"""
import socket, ssl, sys
from tornado.netutil import ssl_options_to_context
from traitlets.config.loader import PyFileConfigLoader
folder, address, ciphers = sys.argv[1:]
options = PyFileConfigLoader("jupyter_server_config.py", path=folder).load_config().ServerApp.ssl_options
if ciphers == "none":
    del options["ciphers"]
options |= {"certfile": f"{folder}/tls.crt", "keyfile": f"{folder}/tls.key"}
context = ssl_options_to_context(options, server_side=True)
with socket.create_server((address, 9944)) as listener:
    while True:
        line, _ = listener.accept()
        try:
            context.wrap_socket(line, server_side=True).close()
        except OSError:
            line.close()
"""


def websocket_status(visitor: Visitor, origin: str, kernel: str) -> int:
    """101 when it opens."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in visitor.session.cookies)
    address = f"{visitor.origin.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
    try:
        line = websocket.create_connection(
            address, cookie=cookies, origin=origin, timeout=20, sslopt={"cert_reqs": ssl.CERT_NONE}
        )
    except websocket.WebSocketBadStatusException as refusal:
        return int(refusal.status_code)
    with closing(line):
        return int(line.status or 0)


@pytest.mark.parametrize("owner", BINDS)
def test_python_and_stata_run_behind_every_bind(fortress: Fortress, owner: str) -> None:
    with fortress.visit(owner) as visitor:
        assert fortress.sign_in(visitor, owner) == 302
        for name, code in {"stata": "display 40 + 2", "python3": "print(40 + 2)"}.items():
            kernel = visitor.new_kernel(name)
            assert visitor.run(kernel, code).strip() == "42"
            visitor.end_kernel(kernel)


def test_nobody_else_opens_the_owners_socket(fortress: Fortress) -> None:
    modes = fortress.fort.run(f"stat -c '%a %U' {SOCKET} /run/stata-fleet").stdout.splitlines()

    assert modes == ["600 alice", "755 root"]
    assert ask(fortress.fort, "alice", SOCKET, "/api") == "200"
    assert ask(fortress.fort, "mallory", SOCKET, "/api") == "EACCES"
    assert ask(fortress.fort, "bob", SOCKET, "/api") == "EACCES"
    assert ask(fortress.fort, "mallory", "/var/lib/stata-fleet/bob/run/probe.sock", "/api") == "EACCES"


def test_no_owner_can_fill_the_systems_run(fortress: Fortress) -> None:
    for owner in BINDS:
        # The credentials are a file system of each service's own, and read-only.
        own = fortress.fort.run(f"find /run -xdev -user {owner} -not -path '/run/credentials/*'").stdout.split()
        assert own == ([SOCKET] if owner == "alice" else [])


def test_a_server_on_loopback_does_not_answer_another_host(fortress: Fortress) -> None:
    address = fortress.fort.address

    assert ask(fortress.fort, "mallory", "127.0.0.1:8889", "/api") == "200"
    assert ask(fortress.keep, "mallory", f"{address}:8889", "/api") == "ECONNREFUSED"
    rows = fortress.fort.run("ss -ltnH").stdout.splitlines()
    listening = {row.split()[3] for row in rows}
    assert {place for place in listening if not place.endswith(":22")} == {"127.0.0.1:8889", f"{address}:8443"}


@pytest.mark.parametrize("owner", BINDS)
def test_a_page_of_another_site_opens_no_websocket(fortress: Fortress, owner: str) -> None:
    with fortress.visit(owner) as visitor:
        fortress.sign_in(visitor, owner)
        kernel = visitor.new_kernel("python3")

        assert websocket_status(visitor, visitor.origin, kernel) == 101
        assert websocket_status(visitor, "https://mallory.example", kernel) == 403

        visitor.end_kernel(kernel)


@pytest.mark.parametrize("owner", ["alice", "bob"])
def test_a_name_that_was_pointed_at_loopback_is_refused(fortress: Fortress, owner: str) -> None:
    with fortress.visit(owner) as visitor:
        assert visitor.get("api").status_code == 200

        visitor.session.headers["Host"] = "mallory.example"

        assert visitor.get("api").status_code == 403


@pytest.mark.parametrize("version", [*OLD, *NEW], ids=lambda version: version.name)
def test_tls_is_spoken_from_version_1_2_on(fortress: Fortress, version: ssl.TLSVersion) -> None:
    certificate, key = fortress.project.folder / "lab.crt", fortress.project.folder / "lab.key"
    with any_tls(str(certificate), str(key)) as port:
        assert speaks("127.0.0.1", port, version), "our client speaks no such TLS, so a refusal would say nothing"

    assert speaks(fortress.fort.address, 8443, version) == (version in NEW)


@pytest.mark.parametrize(("ciphers", "spoken"), [("ours", NEW), ("none", (*OLD, *NEW))])
def test_tls_is_new_even_where_the_host_lets_all_programs_speak_an_old_one(
    fortress: Fortress, ciphers: str, spoken: tuple[ssl.TLSVersion, ...]
) -> None:
    """By carol's own configuration. The control is the same one without its ciphers."""
    host = fortress.fort
    host.write("/root/old-tls/openssl.cnf", LENIENT)
    host.write("/root/old-tls/serve.py", SERVE)
    words = ["env", "OPENSSL_CONF=/root/old-tls/openssl.cnf", f"{environment(host)}/bin/python"]
    words += ["/root/old-tls/serve.py", "/opt/stata-fleet/current/secrets/carol", host.address, ciphers]
    host.run(f"setsid {shlex.join(words)} >~/old-tls/log 2>&1 & echo $! >~/old-tls/pid")
    try:
        until(lambda: ":9944" in host.run("ss -ltnH").stdout, "it listens")
        assert tuple(each for each in (*OLD, *NEW) if speaks(host.address, 9944, each)) == spoken
    finally:
        host.run("kill $(cat ~/old-tls/pid); rm -r ~/old-tls")


def speaks(address: str, port: int, version: ssl.TLSVersion) -> bool:
    context = lenient(ssl.PROTOCOL_TLS_CLIENT, version, version)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((address, port), timeout=10) as line, context.wrap_socket(line) as secure:
            return secure.version() is not None
    except (ssl.SSLError, ConnectionError):
        return False


def lenient(protocol: int, lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version, context.maximum_version = lowest, highest
    return context


@contextmanager
def any_tls(certificate: str, key: str) -> Iterator[int]:
    """A server here that speaks every version; it greets once."""
    context = lenient(ssl.PROTOCOL_TLS_SERVER, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_3)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            line, _ = listener.accept()
            with line, context.wrap_socket(line, server_side=True) as secure:
                secure.recv(1)

        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_an_address_with_tls_speaks_no_plain_http(fortress: Fortress) -> None:
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{fortress.fort.address}:8443/api", timeout=10)


def test_nobody_else_reads_the_key_of_the_certificate(fortress: Fortress) -> None:
    key = "/opt/stata-fleet/current/secrets/carol/tls.key"
    copies = ["/opt/stata-fleet/current/secrets", "/opt/stata-fleet/releases", "/run/credentials"]

    assert fortress.fort.run(f"stat -c '%a %U' {key}").stdout == "600 root\n"
    assert key in readable(fortress.fort, "root", ["/opt/stata-fleet/current/secrets"])
    for account in ("mallory", "bob"):
        found = readable(fortress.fort, account, copies)
        assert any(path.endswith("server.conf") for path in found)
        others = [path for path in found if f"@{account}.service/" not in path]
        assert not [path for path in others if "secrets/" in path or "tls" in path or path.endswith("config.py")]


@pytest.mark.parametrize("mode", ["-y", "--dry"])
def test_a_port_that_is_taken_is_said_by_whom_and_nothing_changes(fortress: Fortress, mode: str) -> None:
    host, project = fortress.keep, fortress.project
    before = state(host)
    data = project.group_data("keep", "servers: {alice: {bind: 127.0.0.1, port: 9977}}\n")
    host.run(f"setsid {TAKE} >/dev/null 2>&1 & echo $! >~/pid", user="mallory")
    until(lambda: "127.0.0.1:9977" in host.run("ss -ltnH").stdout, "mallory's program listens")
    pid = host.run("pgrep -f '^python3 -m http.server 9977'").stdout.split()[0]
    try:
        run = project.pyinfra(mode, "--limit", "keep")
    finally:
        data.unlink()
        host.run(f"kill {pid}")

    assert run.returncode == 1
    assert f"alice: port 9977 is taken by python3 (pid {pid}, account mallory)" in run.stdout
    assert state(host) == before


def state(host: Host) -> str:
    shown = "readlink /opt/stata-fleet/current; ls /opt/stata-fleet/releases; cat /opt/stata-fleet/journal.jsonl"
    return host.run(f"{shown}; systemctl show -P MainPID stata-fleet@alice").stdout


@pytest.fixture
def renewed(fortress: Fortress) -> Iterator[Fortress]:
    """carol's certificate lies on the host, where it may be replaced; afterwards it is the controller's again."""
    on_host = TLS.replace("../", "host:/etc/lab/")
    fortress.project.group_data("fort", on_host)
    yield fortress
    fortress.project.group_data("fort", TLS)
    fortress.deploy("--limit", "fort")


def put(host: Host, days: int) -> str:
    certificate, key = certificates.make("fort", days)
    host.write("/etc/lab/lab.crt", certificate.encode())
    host.write("/etc/lab/lab.key", key.encode(), mode=0o600)
    return certificate


def shown(host: Host) -> str:
    return ssl.get_server_certificate((host.address, 8443), timeout=10)


@contextmanager
def carol_at_work(fortress: Fortress) -> Iterator[None]:
    """Afterwards she has the same kernel of the same server."""
    with fortress.visit("carol") as carol:
        assert fortress.sign_in(carol, "carol") == 302
        kernel, before = carol.new_kernel(), fortress.fort.main_pid("carol")
        yield
        assert carol.kernels() == [kernel]
        assert fortress.fort.main_pid("carol") == before
        carol.end_kernel(kernel)


def test_a_certificate_that_was_renewed_is_shown_and_ends_nobodys_work(fortress: Fortress) -> None:
    with carol_at_work(fortress):
        certificates.write(fortress.project.folder, "fort", days=80)
        renewed = (fortress.project.folder / "lab.crt").read_text()
        assert shown(fortress.fort) != renewed

        said = fortress.deploy("--limit", "fort")

        assert "carol: give the running server its new certificate" in said
        assert shown(fortress.fort) == renewed
        assert "nothing to do" in fortress.deploy("--limit", "fort")


def test_a_certificate_on_the_host_works_and_its_end_is_told_in_time(renewed: Fortress) -> None:
    put(renewed.fort, days=40)
    assert "renew it" not in renewed.deploy("--limit", "fort")

    with carol_at_work(renewed):
        certificate = put(renewed.fort, days=10)
        ending = renewed.deploy("--limit", "fort")
        assert shown(renewed.fort) == certificate
    verified = renewed.project.cli("verify", "--limit", "fort")
    put(renewed.fort, days=-2)
    ended = renewed.project.pyinfra("-y", "--limit", "fort")
    refused = renewed.project.cli("verify", "--limit", "fort")

    assert "in 10 days; renew it" in ending
    assert (verified.returncode, "in 10 days; renew it" in verified.stdout) == (0, True)
    assert (ended.returncode, refused.returncode) == (1, 1)
    assert "carol: the certificate ended on" in refused.stdout
