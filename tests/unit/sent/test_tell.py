"""What root tells a running server, and what it knows of that afterwards."""

import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer
from typing import Any

import pytest
from statafleet_sent.managers.supervisor import Supervisor
from statafleet_sent.parts import told
from statafleet_sent.parts.report import Refused
from statafleet_sent.parts.tell import tell
from statafleet_sent.programs import serve
from statafleet_sent.wire import HandOver, Running, ServeAnswer, ServeQuestion, Step, Untold

from tests.unit.programs import lease

PID = os.getpid()


class Jupyter(UnixStreamServer):
    """Somebody who hears what is put on a probe socket, and answers with a status."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), Asked)
        self.status, self.asked = 204, list[tuple[str, str, Any]]()


class Asked(BaseHTTPRequestHandler):
    server: Jupyter

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["X-Stata-Fleet-Probe"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def jupyter(tmp_path: Path) -> Iterator[Jupyter]:
    with Jupyter(tmp_path / "probe.sock") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def wanted(folder: Path, **other: Any) -> HandOver:
    (folder / "secret").write_text("$2b$12$hash")
    usual = HandOver("alice", "secret", "digest", str(folder / "probe.sock"), (str(folder / "secret"),))
    return replace(usual, **other)


def test_a_server_that_was_told_is_known_to_be(jupyter: Jupyter, tmp_path: Path) -> None:
    assert told.counts(tmp_path, "alice", PID, "sign_in") == ""

    assert tell(tmp_path, PID, wanted(tmp_path)) == ""

    assert told.counts(tmp_path, "alice", PID, "sign_in") == "digest"
    assert jupyter.asked == [("/stata-fleet/secret", "1", {"hashed_password": "$2b$12$hash"})]
    modes = [
        (tmp_path / "told").stat().st_mode & 0o777,
        (tmp_path / "told" / "alice.sign_in.json").stat().st_mode & 0o777,
    ]
    assert modes == [0o700, 0o600]


def test_a_certificate_is_told_beside_the_secret(jupyter: Jupyter, tmp_path: Path) -> None:
    files = tuple(str(tmp_path / name) for name in ("tls.crt", "tls.key"))
    for file in files:
        Path(file).write_text(f"content of {Path(file).name}")
    tell(tmp_path, PID, wanted(tmp_path))

    assert tell(tmp_path, PID, wanted(tmp_path, said="certificate", files=files, digest="other")) == ""

    assert told.counts(tmp_path, "alice", PID, "sign_in") == "digest"
    assert told.counts(tmp_path, "alice", PID, "certificate") == "other"
    said = {"certificate": "content of tls.crt", "key": "content of tls.key"}
    assert jupyter.asked[-1] == ("/stata-fleet/certificate", "1", said)


@pytest.mark.parametrize(
    ("kept", "said", "body"),
    [("token:abc", "secret", {"token": "abc"}), ("$2b$12$hash", "nobody", {"hashed_password": "!"})],
)
def test_a_token_and_nobody_are_told_as_the_server_wants_them(
    jupyter: Jupyter, tmp_path: Path, kept: str, said: str, body: dict[str, str]
) -> None:
    each = wanted(tmp_path, said=said)
    (tmp_path / "secret").write_text(kept)

    tell(tmp_path, PID, each)

    assert jupyter.asked[-1][2] == body


def test_a_server_that_refuses_is_not_noted(jupyter: Jupyter, tmp_path: Path) -> None:
    jupyter.status = 404

    assert tell(tmp_path, PID, wanted(tmp_path)) == "it answers with HTTP 404"

    assert told.counts(tmp_path, "alice", PID, "sign_in") == ""


def test_a_server_without_a_probe_socket_cannot_be_told(tmp_path: Path) -> None:
    assert "probe.sock" in tell(tmp_path, PID, wanted(tmp_path))


def test_another_process_that_took_the_probe_socket_is_told_nothing(jupyter: Jupyter, tmp_path: Path) -> None:
    assert "which is not the server" in tell(tmp_path, os.getppid(), wanted(tmp_path))

    assert jupyter.asked == []
    assert told.counts(tmp_path, "alice", os.getppid(), "sign_in") == ""


@pytest.mark.usefixtures("jupyter")
def test_what_was_told_to_one_process_is_nothing_to_the_next(tmp_path: Path) -> None:
    tell(tmp_path, PID, wanted(tmp_path))

    assert told.counts(tmp_path, "alice", os.getppid(), "sign_in") == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": 7}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "alice.sign_in.json").write_text(text)

    assert told.counts(tmp_path, "alice", PID, "sign_in") == ""


class Servers(Supervisor):
    """A service manager that notes what it does; `broken` cannot be reloaded."""

    def __init__(self, at: int = PID, *, broken: bool = False) -> None:
        self.done, self.at, self.broken = list[tuple[str, str]](), at, broken

    def servers(self, owners: Iterable[str]) -> dict[str, Running]:
        return {owner: Running(pid=self.at) for owner in owners}

    def reload(self) -> None:
        if self.broken:
            raise Refused("broken")
        self.done.append(("reload", ""))

    def restart(self, owner: str) -> None:
        self.done.append(("restart", owner))


def served(folder: Path, servers: Servers, each: HandOver, monkeypatch: pytest.MonkeyPatch) -> ServeAnswer:
    monkeypatch.setattr(serve, "manager", lambda *_: servers)
    return serve.main(ServeQuestion(str(folder), lease(), "systemd", "/bin", (Step("reload"),), (each,)))


def test_who_cannot_be_told_is_restarted_where_nobody_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = Servers()

    answer = served(tmp_path, servers, wanted(tmp_path, may_restart=True), monkeypatch)

    assert answer == ServeAnswer(())
    assert servers.done == [("reload", ""), ("restart", "alice")]


def test_who_cannot_be_told_and_may_not_be_restarted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    servers = Servers()

    (untold,) = served(tmp_path, servers, wanted(tmp_path), monkeypatch).untold

    assert untold == Untold("alice", "secret", untold.reason)
    assert servers.done == [("reload", "")]


def test_a_server_that_ended_meanwhile_need_not_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served(tmp_path, Servers(at=0), wanted(tmp_path), monkeypatch) == ServeAnswer(())


@pytest.mark.usefixtures("jupyter")
def test_a_server_is_told_whatever_happens_to_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refused):
        served(tmp_path, Servers(broken=True), wanted(tmp_path), monkeypatch)

    assert told.counts(tmp_path, "alice", PID, "sign_in") == "digest"
