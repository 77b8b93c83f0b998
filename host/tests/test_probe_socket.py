"""Who passes without a password: the peer's account decides, and never a header or the network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from real_server import NOBODY, Server, Start
from statafleet_host.sign_in import form
from statafleet_host.sign_in.peer import Peer

FILES = "/api/contents?content=0"
PROBE = {"X_Stata_Fleet_Probe": "1"}
OWNER = 1000

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to connect as root and others")

REQUEST = """
import http.client, socket, sys
connection = http.client.HTTPConnection("127.0.0.1")
connection.sock = socket.socket(socket.AF_UNIX)
connection.sock.connect(sys.argv[1])
connection.request("GET", "/api/contents?content=0", headers={"X-Stata-Fleet-Probe": "1"})
print(connection.getresponse().status)
"""


def as_nobody(path: Path) -> str:
    """What another account gets on a socket; the plain interpreter, as it may not read ours."""
    command = [os.path.realpath(sys.executable), "-I", "-c", REQUEST, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, user=NOBODY, group=NOBODY, cwd="/")
    except PermissionError:
        pytest.skip(f"other accounts may not run {command[0]}")
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def open_to_all(path: Path) -> None:
    for each in (path.parent.parent, path.parent):
        each.chmod(0o755)
    path.chmod(0o666)


def test_the_probe_passes_on_the_probe_socket(shared: Server) -> None:
    assert shared.over_probe_socket().get(FILES, **PROBE).status == 200


def test_the_probe_without_its_header_is_a_stranger_like_everybody(shared: Server) -> None:
    assert shared.over_probe_socket().get(FILES).status == 403


def test_the_probe_may_post_without_an_xsrf_token(shared: Server) -> None:
    page = shared.over_probe_socket().ask("POST", "/api/contents", "{}", PROBE)

    assert page.status == 201


def test_nobody_passes_over_tcp(shared: Server) -> None:
    forwarded = {"X_Forwarded_For": "unix:", "X_Real_Ip": "127.0.0.1"}

    assert shared.browser().get(FILES, **PROBE, **forwarded).status == 403


@as_root
def test_another_account_cannot_open_the_probe_socket(shared: Server) -> None:
    assert shared.probe_socket.parent.stat().st_mode & 0o777 == 0o700
    assert shared.probe_socket.stat().st_mode & 0o777 == 0o600
    assert "Permission denied" in as_nobody(shared.probe_socket)


@as_root
def test_another_account_is_refused_even_where_the_socket_lies_open(server: Server) -> None:
    open_to_all(server.probe_socket)

    assert as_nobody(server.probe_socket) == "403"


@as_root
def test_nobody_passes_on_the_servers_own_socket_where_a_proxy_may_run_as_root(start: Start) -> None:
    own = Path(tempfile.mkdtemp(prefix="stata-fleet-")) / "run" / "own.sock"
    own.parent.mkdir()
    try:
        server = start({"ServerApp.sock": str(own)})
        open_to_all(own)

        assert server.browser().get(FILES, **PROBE).status == 403
        assert server.over_probe_socket().get(FILES, **PROBE).status == 200
        assert as_nobody(own) == "403"
    finally:
        shutil.rmtree(own.parent.parent)


def test_a_stale_socket_is_replaced(server: Server) -> None:
    server.kill()
    assert server.probe_socket.exists()

    server.start()

    assert server.over_probe_socket().get(FILES, **PROBE).status == 200


def test_a_socket_in_use_is_left_to_its_server(shared: Server, start: Start) -> None:
    second = start({"SignIn.probe_socket": str(shared.probe_socket)})

    assert "another server listens" in second.log.read_text()


def test_a_folder_that_others_may_write_to_is_refused(start: Start, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)

    server = start({"SignIn.probe_socket": str(tmp_path / "probe.sock")})

    assert "others may write" in server.log.read_text()
    assert not (tmp_path / "probe.sock").exists()


@pytest.mark.parametrize(
    ("peer", "by_owner", "header", "passes"),
    [
        (Peer(0, "/run/probe.sock"), False, "1", True),
        (Peer(0, "/run/jupyter.sock"), False, "1", False),
        (Peer(0, "/run/probe.sock"), True, None, False),
        (Peer(OWNER, "/run/probe.sock"), False, "1", False),
        (Peer(OWNER, "/run/probe.sock"), True, "1", True),
        (Peer(OWNER, "/run/jupyter.sock"), True, "1", False),
        (Peer(OWNER + 1, "/run/probe.sock"), True, "1", False),
        (None, True, "1", False),
    ],
)
def test_root_and_if_told_the_owner_pass_on_the_probe_socket_alone(
    monkeypatch: pytest.MonkeyPatch, peer: Peer | None, by_owner: bool, header: str | None, passes: bool
) -> None:
    monkeypatch.setattr(form, "peer_of", lambda _request: peer)
    monkeypatch.setattr(os, "geteuid", lambda: OWNER)
    handler = Mock()
    handler.request.headers = {form.PROBE_HEADER: header} if header else {}
    provider = form.SignIn(probe_socket="/run/probe.sock", probe_by_owner=by_owner, token="")

    assert provider.is_probe(handler) is passes


def test_the_extension_refuses_another_identity_provider(start: Start) -> None:
    server = start({"ServerApp.identity_provider_class": "jupyter_server.auth.PasswordIdentityProvider"})

    assert "the probe socket need" in Path(server.log).read_text()
