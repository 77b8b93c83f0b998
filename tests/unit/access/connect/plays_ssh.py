"""Plays OpenSSH's client: at each start, the next act that a test wrote for `OWNER@HOST`; the last act is repeated.

    python plays_ssh.py FOLDER -N … -L ENDPOINT:ADDRESS:PORT -l OWNER -- HOST

FOLDER holds the acts, and gets a line in `started` for each start. SIGUSR1 cuts the connection.
"""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType
from typing import TypedDict

UP, SILENT, FORBIDDEN = "up", "silent", "forbidden"
REFUSALS = {
    SILENT: "channel 2: open failed: connect failed: Connection refused\r\n",
    FORBIDDEN: "channel 2: open failed: administratively prohibited: open failed\r\n",
}
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Act(TypedDict, total=False):
    """Without `serves`, what the host does with each connection, it ends at once; the last of these is repeated."""

    says: str
    serves: list[str]
    asks_alone: bool
    stubborn: bool


def main() -> None:
    folder, words = Path(sys.argv[1]), sys.argv[2:]
    act = _next_act(folder, words)
    signal.signal(signal.SIGUSR1, _cut)
    if act.get("stubborn"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if act.get("asks_alone"):
        _ask(folder / "terminal")
    _say(act.get("says", ""))
    if "serves" not in act:
        sys.exit(255)
    with _listening(words[words.index("-L") + 1].rsplit(":", 2)[0]) as listening:
        _serve(listening, act["serves"])


def _next_act(folder: Path, words: list[str]) -> Act:
    name = f"{words[words.index('-l') + 1]}@{words[-1]}"
    log = folder / "started"
    before = log.read_text().splitlines() if log.exists() else []
    with log.open("a") as file:
        file.write(json.dumps({"pid": os.getpid(), "name": name, "words": words}) + "\n")
    acts: list[Act] = json.loads((folder / name).read_text())
    number = [json.loads(line)["name"] for line in before].count(name)
    return acts[min(number, len(acts) - 1)]


def _ask(terminal: Path) -> None:
    """A person takes a while to answer; another who asks meanwhile is a fault that nobody can overlook."""
    try:
        terminal.mkdir()
    except FileExistsError:
        _say("Bad configuration option: two asked at once\r\n")
        sys.exit(255)
    time.sleep(0.3)
    terminal.rmdir()


def _listening(endpoint: str) -> socket.socket:
    if not endpoint.startswith("/"):
        address, _, port = endpoint.rpartition(":")
        return socket.create_server((address, int(port)))
    listening = socket.socket(socket.AF_UNIX)
    # Under another name until it listens: who sees it connects.
    listening.bind(f"{endpoint}.new")
    listening.listen()
    Path(f"{endpoint}.new").rename(endpoint)
    return listening


def _serve(listening: socket.socket, serves: list[str]) -> None:
    number = 0
    while True:
        client, _ = listening.accept()
        _answer(client, serves[min(number, len(serves) - 1)])
        number += 1


def _answer(client: socket.socket, how: str) -> None:
    with client:
        if how in REFUSALS:
            _say(REFUSALS[how])
        elif client.recv(4096):
            client.sendall(PAGE)


def _cut(_signal: int, _frame: FrameType | None) -> None:
    _say("Timeout, server not responding.\r\n")
    sys.exit(255)


def _say(text: str) -> None:
    sys.stderr.buffer.write(text.encode("utf-8", "surrogateescape"))
    sys.stderr.flush()


if __name__ == "__main__":
    main()
