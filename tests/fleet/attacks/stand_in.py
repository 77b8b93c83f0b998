"""Stand at a server's address for a moment: take the port whenever it is free, and keep what browsers send there.

One JSON line on standard input: `port`, and `seconds` for how long a port is kept once it was taken. A line each time
that the port was taken, and at the end the report, with the `Host` and `Cookie` of each request that came.
"""

# ruff: noqa: T201 - it runs alone on a host, and prints its report
import json
import socket
import sys
import threading
import time
from contextlib import suppress

asked = json.loads(sys.stdin.readline())
over = threading.Event()
tries, taken = 0, 0
sessions: list[tuple[str, str]] = []


def wait() -> None:
    sys.stdin.read()
    over.set()


def stand(listener: socket.socket) -> None:
    end = time.monotonic() + asked["seconds"]
    listener.settimeout(0.2)
    while time.monotonic() < end and not over.is_set():
        with suppress(OSError):
            visitor, _ = listener.accept()
            with visitor:
                visitor.settimeout(2)
                lines = visitor.recv(65536).decode("latin-1").split("\r\n")
                headers = dict(line.split(": ", 1) for line in lines if ": " in line)
                sessions.append((headers.get("Host", ""), headers.get("Cookie", "")))
                visitor.sendall(b"HTTP/1.1 503 One moment\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


threading.Thread(target=wait, daemon=True).start()
while not over.is_set():
    tries += 1
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", asked["port"]))
            listener.listen()
        except OSError:
            time.sleep(0.0005)
            continue
        taken += 1
        print(json.dumps({"taken": taken}), flush=True)
        stand(listener)
print(json.dumps({"tries": tries, "taken": taken, "sessions": sessions}), flush=True)
