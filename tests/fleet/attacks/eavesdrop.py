"""Somebody with an account on the host who subscribes to every kernel that there may be.

Each TCP port of the loopback that listens and each unix socket that can be found, again and again.

First line of standard input: {name: secret}; then it goes on until its input ends. A line for each message that holds
a secret; the last one is the report. Needs pyzmq.
"""

# ruff: noqa: T201, PTH118 - it runs alone on a host, and prints its report
import json
import os
import socket
import stat
import sys
from pathlib import Path

import zmq

PLACES = ("/run", "/tmp", "/var/tmp", "/home", "/var/lib/stata-fleet", "/var/cache/stata-fleet", "/opt/stata-fleet/run")
LISTEN = "0A"

secrets = {name: text.encode() for name, text in json.loads(sys.stdin.readline()).items()}
context = zmq.Context()
poller = zmq.Poller()
poller.register(sys.stdin, zmq.POLLIN)
tried: set[str] = set()
heard = dict.fromkeys(secrets, 0)
refused: set[str] = set()


def ports() -> list[str]:
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()]
    rows = [row for row in lines if row[3] == LISTEN]
    return [f"tcp://127.0.0.1:{int(row[1].rpartition(':')[2], 16)}" for row in rows]


def sockets() -> list[str]:
    named = [line.split()[-1] for line in Path("/proc/net/unix").read_text().splitlines() if "/" in line or "@" in line]
    for place in PLACES:
        for folder, _, names in os.walk(place):
            named += [path for name in names if is_socket(path := os.path.join(folder, name))]
    return [f"ipc://{path}" for path in named]


def is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.lstat(path).st_mode)
    except OSError:
        return False


def may_open(path: str) -> bool:
    """Whether it is there for us at all; zeromq would try for ever and say nothing."""
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            trial.connect(path.replace("@", "\0", 1) if path.startswith("@") else path)
        except OSError:
            refused.add(path)
            return False
        return True


def subscribe(address: str) -> None:
    tried.add(address)
    if address.startswith("ipc://") and not may_open(address.removeprefix("ipc://")):
        return
    ear = context.socket(zmq.SUB)
    ear.setsockopt(zmq.SUBSCRIBE, b"")
    ear.linger = 0
    ear.connect(address)
    poller.register(ear, zmq.POLLIN)


def listen() -> bool:
    """False at the end of standard input."""
    for ear, _ in poller.poll(50):
        if not isinstance(ear, zmq.Socket):
            return False
        parts = ear.recv_multipart()
        for name, secret in secrets.items():
            if any(secret in part for part in parts):
                heard[name] += 1
                print(json.dumps({"heard": name}), flush=True)
    return True


while listen():
    for address in {*ports(), *sockets()} - tried:
        subscribe(address)
report = {"heard": heard, "tcp": sum(address.startswith("tcp") for address in tried), "refused": sorted(refused)}
print(json.dumps(report), flush=True)
