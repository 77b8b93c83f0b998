"""A real Jupyter server on loopback with our sign-in, and a browser for it."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

HOST = Path(__file__).resolve().parent.parent
PASSWORD = "correct horse"
BCRYPT = "$2b$04$GOdcMbA6joi3HbzUKPcW..LYTyrASNR2sBG8KwIIIemf02czCuiYm"  # of PASSWORD
NOBODY = 65534


# As systemd starts a program: the socket is descriptor 3, and the program's own pid is named.
HAND_OVER = """
import os, sys
given = int(sys.argv[1])
os.dup2(given, 3)
if given != 3:
    os.close(given)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="jupyter")
os.execv(sys.argv[2], sys.argv[2:])
"""

Config = dict[str, object]
Start = Callable[..., "Server"]


class UnixConnection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("127.0.0.1", timeout=30)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(str(self.path))


class Page:
    def __init__(self, response: HTTPResponse) -> None:
        self.status, self.headers = response.status, response.headers
        self.text = response.read().decode()
        self.set_cookies = response.headers.get_all("Set-Cookie") or []


class Browser:
    """Keeps cookies, and fills in the sign-in form."""

    def __init__(self, connect: Callable[[], HTTPConnection]) -> None:
        self.connect, self.cookies = connect, dict[str, str]()

    def get(self, path: str, **headers: str) -> Page:
        return self.ask("GET", path, headers=headers)

    def sign_in(self, password: str | bytes, **fields: str) -> Page:
        self.get("/login")
        form = {"password": password, "_xsrf": self.cookies.get("_xsrf", ""), **fields}
        return self.ask("POST", "/login", urlencode(form))

    def ask(self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None) -> Page:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        sent["Cookie"] = cookies
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection = self.connect()
        connection.request(method, path, body, sent)
        page = Page(connection.getresponse())
        connection.close()
        for cookie in page.set_cookies:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return page


class Server:
    def __init__(self, folder: Path, config: Config, listener: socket.socket | None = None) -> None:
        self.folder, self.listener = folder, listener
        self.port = listener.getsockname()[1] if listener and listener.family == socket.AF_INET else _free_port()
        self.certificate = config.get("ServerApp.certfile")
        self.own_socket = config.get("ServerApp.sock")
        self.base_url = config.get("ServerApp.base_url", "/")
        self.probe_socket = folder / "run" / "probe.sock"
        self.log = folder / "server.log"
        self.config = folder / "config.py"
        settings = {
            "ServerApp.identity_provider_class": "statafleet_host.sign_in.form.SignIn",
            "ServerApp.jpserver_extensions": {"statafleet_host": True},
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.allow_root": True,
            "ServerApp.open_browser": False,
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.root_dir": str(folder),
            "KernelManager.transport": "ipc",
            "PasswordIdentityProvider.hashed_password": BCRYPT,
            # Where there is no root, its tests ask as the owner.
            "SignIn.probe_by_owner": os.geteuid() != 0,
            "SignIn.probe_socket": str(self.probe_socket),
            "SignIn.throttle_file": str(folder / "throttle.json"),
            **config,
        }
        if self.own_socket:
            del settings["ServerApp.port"]
        _put_kernelspec(folder / "ours" / "kernels" / "python3")
        lines = (f"c.{key} = {value!r}\n" for key, value in settings.items())
        self.config.write_text("".join(lines))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        self.begin()
        deadline = time.monotonic() + 40
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                pytest.fail(f"the server does not start:\n{self.log.read_text()}")
            time.sleep(0.05)

    def begin(self) -> None:
        """Without waiting until it answers."""
        env = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "PYTHONPATH": str(HOST)}
        env |= {"JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"), "PYTHONWARNINGS": "ignore"}
        env["JUPYTER_PATH"] = str(self.folder / "ours")
        command = [sys.executable, "-m", "jupyter_server", f"--config={self.config}"]
        given = self.listener.fileno() if self.listener else None
        if given is not None:
            command = [sys.executable, "-c", HAND_OVER, str(given), *command]
        with self.log.open("a") as log:
            passed = () if given is None else (given,)
            self.process = subprocess.Popen(command, env=env, stdout=log, stderr=log, pass_fds=passed)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)

    def end(self) -> None:
        """Whatever it takes: a loaded machine may be slow to stop one, which is no fault of a test."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def restart(self) -> None:
        self.stop()
        self.start()

    def browser(self) -> Browser:
        if self.own_socket:
            return Browser(lambda: UnixConnection(Path(str(self.own_socket))))
        if self.certificate:
            trust = ssl.create_default_context(cafile=str(self.certificate))
            trust.check_hostname = False
            return Browser(lambda: HTTPSConnection("127.0.0.1", self.port, timeout=60, context=trust))
        return Browser(lambda: HTTPConnection("127.0.0.1", self.port, timeout=60))

    def over_probe_socket(self) -> Browser:
        return Browser(lambda: UnixConnection(self.probe_socket))

    def _answers(self) -> bool:
        if "probe socket" not in self.log.read_text():
            return False
        try:
            return self.browser().get(f"{self.base_url}api").status == 200
        except OSError:
            return False


def _put_kernelspec(folder: Path) -> None:
    """As a release has it."""
    folder.mkdir(parents=True)
    start = [sys.executable, str(HOST / "kernels" / "start.py"), "ipykernel.ipkernel.IPythonKernel"]
    spec = {"argv": [*start, "-f", "{connection_file}"], "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
