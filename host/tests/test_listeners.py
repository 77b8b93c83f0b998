"""What /proc says of sockets that we open ourselves."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from statafleet_host.proc import listening, process_tree


@pytest.mark.parametrize(
    ("family", "address", "shown"),
    [
        (socket.AF_INET, "127.0.0.1", "127.0.0.1:"),
        (socket.AF_INET, "0.0.0.0", "0.0.0.0:"),  # noqa: S104  (a test of it)
        (socket.AF_INET6, "::1", "[::1]:"),
    ],
)
def test_a_listener_is_shown_as_people_write_it(family: socket.AddressFamily, address: str, shown: str) -> None:
    with socket.socket(family) as sock:
        sock.bind((address, 0))
        assert shown + str(sock.getsockname()[1]) not in listening(os.getpid())
        sock.listen()

        assert shown + str(sock.getsockname()[1]) in listening(os.getpid())


def test_the_tree_has_grandchildren() -> None:
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE)
    assert shell.stdout
    grandchild = int(shell.stdout.readline())
    try:
        assert {shell.pid, grandchild} <= set(process_tree(os.getpid()))
    finally:
        os.kill(grandchild, 15)
        shell.wait()
