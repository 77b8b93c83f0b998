"""What is known of real processes: whose kernels a restart would end, who listens on a port."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from statafleet_host import proc
from statafleet_sent.parts import listeners
from statafleet_sent.programs.observe import sessions
from statafleet_sent.wire import Sessions

# Starts the children that its arguments name, says that all of them run, and stays until its input ends.
SERVER = """
import subprocess, sys
stay = "import sys; print(flush=True); sys.stdin.read()"
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
children = [subprocess.Popen([sys.executable, "-c", stay, *words.split()], **pipes) for words in sys.argv[1:]]
for child in children:
    child.stdout.readline()
print("ready", flush=True)
sys.stdin.read()
for child in children:
    child.communicate()
"""
Start = Callable[..., int]


@pytest.fixture
def server() -> Iterator[Start]:
    """A process with children of these arguments; its pid."""
    with ExitStack() as stack:

        def start(*children: str, **variables: str) -> int:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", SERVER, *children],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env={**os.environ, **variables},
                )
            )
            stack.callback(process.communicate)
            assert process.stdout
            assert process.stdout.readline() == b"ready\n"
            return process.pid

        yield start


KERNEL = "-m stata_kernel -f /var/lib/stata-fleet/alice/run/kernel-1b9d6bcd.json"
SHELL = "-l"


@pytest.mark.parametrize(
    ("children", "told"),
    [
        ([], Sessions()),
        ([KERNEL], Sessions(kernels=1)),
        ([KERNEL, KERNEL], Sessions(kernels=2)),
        ([SHELL], Sessions(others=1)),
        ([KERNEL, SHELL, SHELL], Sessions(kernels=1, others=2)),
    ],
    ids=["nothing", "a kernel", "two kernels", "a terminal", "all"],
)
def test_what_a_restart_would_end_is_counted(server: Start, children: list[str], told: Sessions) -> None:
    pid = server(*children)

    assert sessions(pid, proc.parents()) == told


def test_what_a_process_was_started_with_can_be_read(server: Start) -> None:
    pid = server(STATA_FLEET_SERVER="digest", ODD="a=b\nc")

    assert proc.environ(pid)["STATA_FLEET_SERVER"] == "digest"
    assert proc.environ(pid)["ODD"] == "a=b\nc"
    assert proc.cmdline(pid)[:2] == [sys.executable, "-c"]


def test_a_process_that_is_gone_has_nothing() -> None:
    with subprocess.Popen(["true"]) as gone:
        pass

    assert proc.environ(gone.pid) == {}
    assert proc.cmdline(gone.pid) == []
    assert proc.started(gone.pid) == ""
    assert gone.pid not in proc.parents()


LISTENER = """
import socket, sys
held = socket.create_server((sys.argv[1], 0), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
print(held.getsockname()[1], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def listener() -> Iterator[Callable[[str], tuple[int, int]]]:
    """A program of somebody else's on an address; its port and pid."""
    with ExitStack() as stack:

        def start(address: str) -> tuple[int, int]:
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", LISTENER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
                )
            )
            stack.callback(process.communicate)
            assert process.stdout
            return int(process.stdout.readline()), process.pid

        yield start


@pytest.mark.parametrize(
    ("address", "wanted"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("127.0.0.1", "0.0.0.0"), ("::", "127.0.0.1")],  # noqa: S104
)
def test_somebody_elses_program_in_our_way_is_named(
    listener: Callable[[str], tuple[int, int]], address: str, wanted: str
) -> None:
    if ":" in address and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    port, pid = listener(address)

    (found,) = listeners.strangers([f"{wanted}:{port}"], [], [])

    assert (found.port, found.pid, found.wanted) == (port, pid, f"{wanted}:{port}")
    assert found.program.startswith("python")
    assert found.account


def test_our_own_server_on_its_port_is_no_stranger(listener: Callable[[str], tuple[int, int]]) -> None:
    port, pid = listener("127.0.0.1")

    assert listeners.strangers([f"127.0.0.1:{port}"], [pid], []) == ()


def test_a_port_that_is_held_for_our_server_is_no_strangers(listener: Callable[[str], tuple[int, int]]) -> None:
    port, _ = listener("127.0.0.1")
    address = f"127.0.0.1:{port}"

    assert listeners.strangers([address], [], [address]) == ()
    assert listeners.strangers([address], [], [f"[::1]:{port}", f"127.0.0.2:{port}", "/run/a.sock"])


@pytest.mark.parametrize(
    ("held", "wanted", "keeps"),
    [
        ("127.0.0.9:8888", "127.0.0.1:8888", False),
        ("[::1]:8888", "127.0.0.1:8888", False),
        ("[::1]:8888", "0.0.0.0:8888", False),
        ("0.0.0.0:8888", "[::1]:8888", False),
        ("127.0.0.1:8889", "127.0.0.1:8888", False),
        ("[::1]:8888", "[::1]:8888", True),
        ("[::]:8888", "127.0.0.1:8888", True),
        ("[::ffff:127.0.0.1]:8888", "127.0.0.1:8888", True),
        ("127.0.0.1:8888", "[::]:8888", True),
    ],
)
def test_only_a_listener_at_our_address_or_at_all_of_them_is_in_our_way(held: str, wanted: str, keeps: bool) -> None:
    assert listeners.in_the_way(held, wanted) is keeps


def test_whoever_listens_beside_our_own_server_is_not_in_its_way(listener: Callable[[str], tuple[int, int]]) -> None:
    """As one at `[::]` for IPv6 alone can."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    port, _ = listener("::")
    with socket.create_server(("127.0.0.1", port)):
        address = f"127.0.0.1:{port}"

        assert listeners.strangers([address], [os.getpid()], []) == ()
        assert [found.wanted for found in listeners.strangers([address], [], [])] == [address] * 2


def test_a_port_that_we_do_not_want_is_nobodys_business(listener: Callable[[str], tuple[int, int]]) -> None:
    port, _ = listener("127.0.0.1")

    assert port not in {found.port for found in listeners.strangers([f"127.0.0.1:{port + 1}"], [], [])}
    assert listeners.strangers([], [], []) == ()


def test_a_connection_is_no_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held, socket.create_connection(held.getsockname()) as other:
        port = other.getsockname()[1]

        assert port not in {found.port for found in proc.listeners(os.getpid())}


def test_a_process_that_its_account_holds_up_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proc, "PROC", tmp_path)
    monkeypatch.setattr(proc, "PATIENCE", 0.1)
    (tmp_path / "7").mkdir()
    for name in ("environ", "stat"):
        os.mkfifo(tmp_path / "7" / name)
    (tmp_path / "7" / "status").write_text("Name:\tState:\nState:\tS (sleeping)\nPPid:\t1\n")

    assert (proc.environ(7), proc.started(7), proc.parents()) == ({}, "", {7: 1})
