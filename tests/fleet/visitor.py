"""Somebody at the other end of a tunnel, with a browser's cookies: signs in, runs cells."""

import json
import uuid
from contextlib import closing, suppress
from http import HTTPStatus
from typing import Any

import requests
import websocket


class Visitor:
    """`origin` is what the browser's address line begins with, e.g. `http://127.0.0.1:20001`."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = False

    def get(self, path: str) -> requests.Response:
        return self.session.get(f"{self.origin}/{path}", timeout=20, allow_redirects=False)

    def sign_in(self, password: str) -> requests.Response:
        self.get("login")
        form = {"password": password, "_xsrf": self._token()}
        return self.session.post(f"{self.origin}/login", data=form, timeout=20, allow_redirects=False)

    def may_read(self) -> bool:
        return self.get("api/contents?content=0").status_code == HTTPStatus.OK

    def new_kernel(self, name: str = "stata", path: str = "") -> str:
        """`path` is a notebook's, in whose folder the kernel starts."""
        wanted = {"name": name, "path": path}
        answer = self.session.post(f"{self.origin}/api/kernels", json=wanted, headers=self._xsrf(), timeout=60)
        answer.raise_for_status()
        return str(answer.json()["id"])

    def kernels(self) -> list[str]:
        return [kernel["id"] for kernel in self.get("api/kernels").json()]

    def end_kernel(self, kernel: str) -> None:
        self.session.delete(f"{self.origin}/api/kernels/{kernel}", headers=self._xsrf(), timeout=30)

    def run(self, kernel: str, code: str, seconds: float = 60) -> str:
        """What the cell prints, over the kernel's websocket."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        with closing(self.listen(kernel, seconds)) as line:
            line.send(json.dumps(_request("execute_request", content)))
            return "".join(_printed(line))

    def ask_for_a_debugger(self, kernel: str) -> None:
        """As JupyterLab's button does; returns once the kernel is done with it. Not every kernel answers."""
        content = {"type": "request", "command": "initialize", "seq": 1, "arguments": {}}
        next_one = _request("kernel_info_request", {}, "control")
        with closing(self.listen(kernel)) as line:
            line.send(json.dumps(_request("debug_request", content, "control")))
            line.send(json.dumps(next_one))
            while json.loads(line.recv())["parent_header"].get("msg_id") != next_one["header"]["msg_id"]:
                pass

    def listen(self, kernel: str, seconds: float = 60) -> websocket.WebSocket:
        """A websocket to the kernel, as an open notebook has it."""
        address = f"{self.origin.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels"
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.session.cookies)
        return websocket.create_connection(address, cookie=cookies, timeout=seconds, sslopt={"cert_reqs": 0})

    def _xsrf(self) -> dict[str, str]:
        return {"X-XSRFToken": self._token()}

    def _token(self) -> str:
        return str(self.session.cookies.get("_xsrf", ""))


def ends(line: websocket.WebSocket) -> bool:
    """Whether the other end closes it; what it says before is passed over."""
    with closing(line), suppress(websocket.WebSocketConnectionClosedException, ConnectionError):
        line.settimeout(10)
        try:
            while line.recv():
                pass
        except websocket.WebSocketTimeoutException:
            return False
    return True


def _request(kind: str, content: dict[str, Any], channel: str = "shell") -> dict[str, Any]:
    header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": uuid.uuid4().hex}
    header |= {"username": "", "version": "5.3", "date": ""}
    return {
        "header": header,
        "parent_header": {},
        "metadata": {},
        "content": content,
        "channel": channel,
        "buffers": [],
    }


def _printed(line: websocket.WebSocket) -> list[str]:
    """Text until the cell is done: its reply came and the kernel is idle again."""
    found: list[str] = []
    left = {"execute_reply", "idle"}
    while left:
        message = json.loads(line.recv())
        if message["msg_type"] == "stream":
            found.append(message["content"]["text"])
        left.discard(message["msg_type"])
        if message["msg_type"] == "status" and message["parent_header"].get("msg_type") == "execute_request":
            left.discard(message["content"]["execution_state"])
    return found
