"""A whole session, against an `ssh` that plays OpenSSH's client."""

import asyncio
import io
import os
import signal
import socket
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from statafleet.access.connect import browser, session, ssh_process
from statafleet.access.connect.board import Board
from statafleet.access.connect.browser import OpensPages
from statafleet.access.connect.events import State
from statafleet.access.route import Route
from statafleet.errors import StataFleetError
from tests.unit.access.connect.plays_ssh import FORBIDDEN, SILENT, UP, Act
from tests.unit.access.connect.scripted_ssh import Recorder, ScriptedSsh, page, running, stayed

ECON1 = Route("econ1", "alice", "127.0.0.1:8888", 20_101)
ECON2 = Route("econ2", "bob", "127.0.0.1:8888", 20_111)
CHANGED = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nHost key verification failed.\r\n"
DENIED = "alice@econ1: Permission denied (publickey,password).\r\n"
WORKS = Act(serves=[UP])


def test_a_jupyter_that_does_not_answer_yet_is_waited_for(ssh: ScriptedSsh, folder: Path) -> None:
    ssh.plays("alice@econ1", {"serves": [SILENT, SILENT, UP]})
    seen = Recorder()

    async def story() -> bytes:
        async with running([ECON1], seen, folder):
            return await page((await seen.sees(State.up)).route.url)

    assert asyncio.run(story()) == b"HTTP/1.1 200 OK\r\n"
    whys = [event.why for event in seen.of(State.connecting)]
    assert whys[0] == ""
    assert whys[1] == "signed in, but no Jupyter listens at 127.0.0.1:8888 there; waiting for it"
    assert seen.events[-1].state == State.up


def test_a_connection_that_drops_comes_back_on_the_same_port(ssh: ScriptedSsh, folder: Path) -> None:
    ssh.plays("alice@econ1", WORKS)
    seen = Recorder()

    async def story() -> tuple[str, bytes, str]:
        async with running([ECON1], seen, folder):
            first = await seen.sees(State.up)
            ssh.cut("alice@econ1")
            await seen.sees(State.down)
            asked_meanwhile = await page(first.route.url)
            return first.route.url, asked_meanwhile, (await seen.sees(State.up, times=2)).route.url

    first, asked_meanwhile, second = asyncio.run(story())

    assert first == second
    assert asked_meanwhile == b"HTTP/1.1 200 OK\r\n"
    assert [event.why for event in seen.of(State.down)] == ["the line dropped"]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (Act(says=CHANGED), "the host's key is not the one this computer knows"),
        (Act(says=DENIED), "the host does not let alice in"),
        (Act(serves=[FORBIDDEN]), "AllowTcpForwarding"),
        (
            Act(says="ssh: Could not resolve hostname ecno1: Name or service not known\r\n"),
            "no computer is called ecno1",
        ),
    ],
)
def test_what_trying_again_would_not_mend_gives_up_with_the_reason(
    ssh: ScriptedSsh, folder: Path, act: Act, told: str
) -> None:
    ssh.plays("alice@econ1", act)
    seen = Recorder()

    ended = asyncio.run(stayed([ECON1], seen, folder))

    assert ended.given_up
    assert told in seen.events[-1].why
    assert [event.state for event in seen.events] == [State.connecting, State.error]
    assert len(ssh.started("alice@econ1")) == 1
    assert ssh.living() == []


def test_what_may_pass_is_tried_again(ssh: ScriptedSsh, folder: Path) -> None:
    ssh.plays("alice@econ1", {"says": "ssh: connect to host econ1 port 22: Connection timed out\r\n"}, WORKS)
    seen = Recorder()

    async def story() -> None:
        async with running([ECON1], seen, folder):
            await seen.sees(State.up)

    asyncio.run(story())

    assert [(event.state, event.why) for event in seen.events[1:]] == [
        (State.down, "the host does not answer"),
        (State.up, ""),
    ]


def test_one_that_is_given_up_leaves_the_others_up(ssh: ScriptedSsh, folder: Path) -> None:
    ssh.plays("alice@econ1", {"says": CHANGED})
    ssh.plays("bob@econ2", WORKS)
    seen = Recorder()

    async def story() -> tuple[bool, bytes]:
        async with running([ECON1, ECON2], seen, folder) as here:
            await seen.sees(State.error)
            return here.given_up, await page((await seen.sees(State.up)).route.url)

    assert asyncio.run(story()) == (True, b"HTTP/1.1 200 OK\r\n")
    assert seen.of(State.error)[0].route.name == "alice@econ1"
    assert seen.of(State.up)[0].route.name == "bob@econ2"


def test_where_ssh_has_no_sockets_it_listens_on_a_port_of_its_own(
    ssh: ScriptedSsh, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        endpoint = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr(session, "_ssh_endpoint", lambda _folder, _number: endpoint)
    ssh.plays("alice@econ1", WORKS)
    seen = Recorder()

    async def story() -> bytes:
        async with running([ECON1], seen, folder):
            return await page((await seen.sees(State.up)).route.url)

    assert asyncio.run(story()) == b"HTTP/1.1 200 OK\r\n"
    assert f"{endpoint}:127.0.0.1:8888" in ssh.started("alice@econ1")[0]


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_several_try_without_asking_and_then_ask_one_after_the_other(
    ssh: ScriptedSsh, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Keyboard())
    for name in ("alice@econ1", "bob@econ2"):
        ssh.plays(name, {"says": DENIED}, {"asks_alone": True, "serves": [UP]})
    seen = Recorder()

    async def story() -> None:
        async with running([ECON1, ECON2], seen, folder):
            await seen.sees(State.up, times=2)

    asyncio.run(story())

    for name in ("alice@econ1", "bob@econ2"):
        assert ["BatchMode=yes" in words for words in ssh.started(name)] == [True, False]
    assert seen.of(State.error) == []


def test_several_without_a_terminal_ask_nobody(ssh: ScriptedSsh, folder: Path) -> None:
    for name in ("alice@econ1", "bob@econ2"):
        ssh.plays(name, {"says": DENIED})

    assert asyncio.run(stayed([ECON1, ECON2], Recorder(), folder)).given_up
    assert ["BatchMode=yes" in words for words in ssh.started("alice@econ1")] == [True]


def test_one_alone_may_ask_at_once(ssh: ScriptedSsh, folder: Path) -> None:
    ssh.plays("alice@econ1", {"says": DENIED})

    asyncio.run(stayed([ECON1], Recorder(), folder))

    assert "BatchMode=yes" not in ssh.started("alice@econ1")[0]


def test_a_banner_reaches_the_terminal_as_plain_text(
    ssh: ScriptedSsh, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ssh.plays("alice@econ1", {"says": "Welcome\r\n\x1b[2J\x1b]0;owned\x07\x9b1A café \udcff\r\n" + CHANGED})

    asyncio.run(stayed([ECON1], Recorder(), folder))

    shown = capsys.readouterr().err.splitlines()
    assert shown[:2] == ["Welcome", r"\x1b[2J\x1b]0;owned\x07\x9b1A café \xff"]
    assert shown[3:] == ["Host key verification failed."]


def test_what_ssh_says_once_it_is_signed_in_is_told_and_not_shown(
    ssh: ScriptedSsh, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ssh.plays("alice@econ1", WORKS)
    seen = Recorder()

    async def story() -> str:
        async with running([ECON1], seen, folder):
            await seen.sees(State.up)
            ssh.cut("alice@econ1")
            return (await seen.sees(State.down)).why

    assert asyncio.run(story()) == "the line dropped"
    assert capsys.readouterr().err == ""


def test_an_ssh_that_does_not_end_is_killed(ssh: ScriptedSsh, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_process, "GRACE", 0.1)
    ssh.plays("alice@econ1", {"serves": [UP], "stubborn": True})
    seen = Recorder()

    async def story() -> list[int]:
        async with running([ECON1], seen, folder):
            await seen.sees(State.up)
            return ssh.living()

    assert len(asyncio.run(story())) == 1
    assert ssh.living() == []


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_whatever_ends_the_command_ends_every_ssh(ssh: ScriptedSsh, tmp_path: Path, by: signal.Signals) -> None:
    for name in ("alice@econ1", "bob@econ2"):
        ssh.plays(name, WORKS)
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/lab.yml").write_text("hosts: {econ1: {servers: {alice: {}}}, econ2: {servers: {bob: {}}}}")
    program = str(Path(sys.executable).with_name("stata-fleet"))
    command = [program, "connect", "--json", "--no-browser", "econ1", "econ2"]
    environment = {name: value for name, value in os.environ.items() if name != "STATA_FLEET_INVENTORY"}

    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = [process.stdout.readline() for _ in range(2)]
        living = ssh.living()
        process.send_signal(by)

    assert all('"event": "up"' in line for line in told)
    assert len(living) == 2
    assert (process.returncode, ssh.living()) == (0, [])


def test_a_port_that_is_taken_gives_way_to_the_next_and_that_is_said(ssh: ScriptedSsh, folder: Path) -> None:
    ssh.plays("alice@econ1", WORKS)
    seen = Recorder()

    async def story() -> int:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            async with running([Route("econ1", "alice", "127.0.0.1:8888", port)], seen, folder):
                up = await seen.sees(State.up)
                return port if f"port {port} is taken on this computer; {up.route.port} instead" in seen.notes[0] else 0

    assert asyncio.run(story())


def test_what_to_do_is_said_where_the_browser_may_not_find_the_name(
    ssh: ScriptedSsh, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh.plays("alice@econ1", WORKS)
    seen = Recorder()

    async def story() -> None:
        async with running([ECON1], seen, folder):
            await seen.sees(State.up)

    monkeypatch.setattr(browser, "finds", lambda _name: False)
    asyncio.run(story())

    (said,) = seen.notes
    assert said.startswith("alice@econ1: Safari before macOS 26 does not find alice-econ1.localhost: ")
    assert "add the line `127.0.0.1 alice-econ1.localhost` to /etc/hosts" in said


@pytest.mark.parametrize(
    ("platform", "name", "found"),
    [("darwin", "127.0.0.1", True), ("darwin", "alice.localhost", False), ("linux", "alice.localhost", True)],
)
def test_only_a_mac_is_asked_whether_it_knows_the_name(
    monkeypatch: pytest.MonkeyPatch, platform: str, name: str, found: bool
) -> None:
    def knows_addresses_alone(name: str, _port: None) -> list[str]:
        if name != "127.0.0.1":
            raise socket.gaierror("nodename nor servname provided")
        return [name]

    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(socket, "getaddrinfo", knows_addresses_alone)

    assert browser.finds(name) is found


def test_a_page_is_opened_once_however_often_its_server_comes_back(
    ssh: ScriptedSsh, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[str]()
    monkeypatch.setattr(webbrowser, "open", opened.append)
    ssh.plays("alice@econ1", WORKS)
    seen = Recorder()

    async def story() -> str:
        async with running([ECON1], OpensPages(seen), folder):
            await seen.sees(State.up)
            ssh.cut("alice@econ1")
            return (await seen.sees(State.up, times=2)).route.url

    assert opened == [asyncio.run(story())]


async def _jupyter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    writer.close()


def test_a_server_that_a_browser_reaches_by_itself_needs_no_ssh(folder: Path) -> None:
    seen = Recorder()

    async def story() -> None:
        async with await asyncio.start_server(_jupyter, "127.0.0.1", 0) as server:
            url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            await stayed([Route("teach", "alice", "", 20_121, direct_url=url)], seen, folder)

    asyncio.run(story())

    assert [event.state for event in seen.events] == [State.connecting, State.up]


def test_a_socket_of_this_computer_is_forwarded_to_without_ssh(folder: Path) -> None:
    seen = Recorder()

    async def story() -> bytes:
        async with await asyncio.start_unix_server(_jupyter, folder / "jupyter"):
            route = Route("@local", "alice", str(folder / "jupyter"), 20_131)
            async with running([route], seen, folder):
                return await page((await seen.sees(State.up)).route.url)

    assert asyncio.run(story()) == b"HTTP/1.1 200 OK\r\n"


def test_a_computer_without_ssh_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(StataFleetError, match="no `ssh`"):
        session.connect([ECON1], (), Board([ECON1.name], io.StringIO()), open_browser=False)
