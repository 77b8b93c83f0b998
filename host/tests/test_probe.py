"""The probe, run as a program against a real server with a Python kernel in Stata's place."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from real_server import PASSWORD, Server
from statafleet_host.probe.checks import bound_only
from statafleet_host.probe.task import Task

if TYPE_CHECKING:
    from pathlib import Path

    from real_server import Start

Report = dict[str, Any]
PROBE = {"X_Stata_Fleet_Probe": "1"}
LISTEN = (
    "import socket,time; s=socket.create_server(('127.0.0.1',0)); print(s.getsockname()[1],flush=True); time.sleep(60)"
)


def task(server: Server, **more: object) -> str:
    usual = {
        "probe_socket": str(server.probe_socket),
        "url": server.url,
        "socket": None,
        "listen": [f"127.0.0.1:{server.port}"],
        "pid": server.pid,
        "owner_uid": os.geteuid(),
        "ready_timeout": 5,
    }
    return json.dumps(usual | more)


def start_probe() -> subprocess.Popen[str]:
    command = [sys.executable, "-I", "-m", "statafleet_host.probe"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)


def probe(server: Server, **more: object) -> Report:
    process = start_probe()
    report, _ = process.communicate(task(server, **more), timeout=120)
    assert process.returncode == 0
    parsed: Report = json.loads(report)
    return parsed


def check(report: Report, name: str) -> dict[str, Any]:
    return next(check for check in report["checks"] if check["name"] == name)


def kernels(server: Server) -> list[Any]:
    listed: list[Any] = json.loads(server.over_probe_socket().get("/api/kernels", **PROBE).text)
    return listed


def is_busy(server: Server) -> bool:
    """Jupyter 2.21 may answer with an error while a kernel is on its way."""
    answer = server.over_probe_socket().get("/api/kernels", **PROBE)
    return answer.status == 200 and [kernel["execution_state"] for kernel in json.loads(answer.text)] == ["busy"]


HASH = "PasswordIdentityProvider.hashed_password"
PYTHON = {"kernel": "python3", "code": "1+1"}


def test_a_server_that_is_well_passes_every_check_and_keeps_no_kernel(shared: Server) -> None:
    report = probe(shared, **PYTHON)

    assert report["ok"], report
    names = [check["name"] for check in report["checks"]]
    assert names == ["api", "bound only", "refuses strangers", "sign-in", "kernel", "kernel ports"]
    assert kernels(shared) == []


def test_a_server_on_a_unix_socket_passes_too(start: Start, tmp_path: Path) -> None:
    own = tmp_path / "own.sock"
    server = start({"ServerApp.sock": str(own)})

    report = probe(server, url=None, socket=str(own), listen=[], **PYTHON)

    assert report["ok"], report


def test_a_base_url_is_kept_to(start: Start) -> None:
    server = start({"ServerApp.base_url": "/alice/"})

    report = probe(server, url=f"{server.url}alice/", **PYTHON)

    assert report["ok"], report


def test_a_server_with_a_token_is_signed_in_to_as_well(start: Start) -> None:
    server = start({HASH: "", "PasswordIdentityProvider.token": "a" * 64})

    assert check(probe(server), "sign-in")["saw"] == "a password opens the files"
    assert "a" * 64 not in server.log.read_text()


def test_a_hash_that_is_none_fails_and_no_sign_in_is_counted(start: Start) -> None:
    server = start({HASH: "$2b$broken"})

    failed = check(probe(server), "sign-in")

    assert failed["saw"] == "the server lets nobody sign in (HTTP 400)"
    assert failed["fix"] == "set the password again and apply"
    assert "in a row" not in server.log.read_text()


def test_others_guesses_do_not_fail_the_sign_in(server: Server) -> None:
    stranger = server.browser()
    assert [stranger.sign_in("wrong").status for _ in range(6)][-1] == 429

    assert probe(server)["ok"]
    assert server.browser().sign_in(PASSWORD).status == 429


def test_a_server_that_listens_elsewhere_is_shown_no_cookie(shared: Server) -> None:
    report = probe(shared, listen=["127.0.0.1:1"])

    saw = f"listens on 127.0.0.1:{shared.port}, not on 127.0.0.1:1"
    assert check(report, "bound only")["saw"] == saw
    assert "sign-in" not in [check["name"] for check in report["checks"]]


def test_a_server_without_authentication_fails(start: Start) -> None:
    server = start({HASH: "", "PasswordIdentityProvider.token": ""})

    assert check(probe(server), "refuses strangers")["saw"].startswith("HTTP 200")


def test_what_a_notebook_listens_on_is_told_and_is_no_failure() -> None:
    child = subprocess.Popen([sys.executable, "-c", LISTEN], stdout=subprocess.PIPE, text=True)
    assert child.stdout
    try:
        address = f"127.0.0.1:{child.stdout.readline().strip()}"
        own = bound_only(Task("", pid=os.getpid(), owner_uid=0, listen=()))
    finally:
        child.kill()
        child.wait()

    assert own.ok
    assert own.saw.startswith("listens on nothing; notebooks listen on ")
    assert address in own.saw


def test_a_server_that_is_gone_is_told_at_once(server: Server) -> None:
    pid = server.pid
    server.stop()

    report = probe(server, pid=pid, ready_timeout=60)

    assert check(report, "api")["saw"] == "the server's process is gone"
    server.start()


@pytest.mark.parametrize(
    ("code", "saw"),
    [
        ("1+2", "1+2: ok, 3"),
        ("1/0", "ZeroDivisionError"),
        ("import time; time.sleep(60)", "no answer in time"),
        ("import os; os._exit(1)", "the kernel died"),
    ],
)
def test_a_cell_that_fails_is_told_and_leaves_no_kernel(shared: Server, code: str, saw: str) -> None:
    report = probe(shared, kernel="python3", code=code, kernel_timeout=8)

    assert saw in check(report, "kernel")["saw"]
    assert kernels(shared) == []


def test_a_kernel_that_is_not_installed_is_told(shared: Server) -> None:
    assert 'does not start "stata"' in check(probe(shared, kernel="stata"), "kernel")["saw"]


def test_a_failed_kernel_is_told_with_statas_trouble(shared: Server) -> None:
    report = probe(shared, kernel="stata", stata_path="/opt/nowhere/stata-mp")

    failed = check(report, "kernel")
    assert failed["saw"].endswith("; no such file: /opt/nowhere/stata-mp")
    assert failed["fix"] == "make /opt/nowhere/stata-mp start on this host"


def test_statas_console_is_tried_below_the_server(shared: Server, tmp_path: Path) -> None:
    """There, and nowhere else, are the server's limits: a sealed one has no network."""
    console = tmp_path / "stata-mp"
    # Its ancestors, as they are while it runs.
    console.write_text(
        "#!/bin/sh\np=$$\nwhile [ $p -gt 1 ]; do p=$(awk '/^PPid/ {print $2}' /proc/$p/status); echo $p; done "
        f"> {tmp_path}/above\necho licence expired\n"
    )
    console.chmod(0o755)

    failed = check(probe(shared, kernel="stata", stata_path=str(console)), "kernel")

    assert failed["saw"].endswith("; Stata's licence: licence expired")
    assert str(shared.pid) in (tmp_path / "above").read_text().split()
    assert kernels(shared) == []


def test_a_probe_that_is_ended_removes_its_kernel(shared: Server) -> None:
    process = start_probe()
    assert process.stdin
    assert process.stdout
    process.stdin.write(task(shared, kernel="python3", code="import time; time.sleep(60)"))
    process.stdin.close()
    deadline = time.monotonic() + 30
    while not is_busy(shared):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    process.send_signal(signal.SIGTERM)

    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert kernels(shared) == []
    process.stdout.close()
