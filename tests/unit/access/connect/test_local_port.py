import asyncio
import errno
import socket
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest

from statafleet.access.connect import local_port
from statafleet.access.connect.local_port import LocalPort

NAME = "alice-econ1.localhost"
OTHERS = ["bob-econ2.localhost", "evil.example", "x.alice-econ1.localhost", ""]


def _has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this computer has no [::1]")


def _asks_at(host: str) -> bytes:
    return f"GET / HTTP/1.1\r\nAccept: */*\r\nHost: {host}\r\n\r\n".encode()


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readuntil(b"\r\n\r\n"))
    writer.close()


async def _said_through(port: int, text: bytes, address: str = "127.0.0.1") -> bytes:
    reader, writer = await asyncio.open_connection(address, port)
    writer.write(text)
    answer = await reader.read()
    writer.close()
    return answer


def _through_a_port(folder: Path, story: Callable[[int], Coroutine[None, None, bytes]]) -> bytes:
    async def whole() -> bytes:
        end = str(folder / "end")
        async with await asyncio.start_unix_server(_echo, end):
            held = await LocalPort(NAME).listen(20_520, set())
            held.forward_to(end)
            answer = await story(held.number)
            held.close()
            return answer

    return asyncio.run(whole())


def test_a_client_that_is_early_waits_and_is_forwarded(tmp_path: Path) -> None:
    async def story() -> bytes:
        end = str(tmp_path / "end")
        async with await asyncio.start_unix_server(_echo, end):
            held = await LocalPort(NAME).listen(20_500, set())
            asking = asyncio.create_task(_said_through(held.number, _asks_at(NAME)))
            await asyncio.sleep(0)
            held.forward_to(end)
            answer = await asking
            held.close()
            return answer

    assert asyncio.run(story()) == _asks_at(NAME)


@pytest.mark.parametrize("host", [NAME, f"{NAME}:20520", NAME.upper(), "127.0.0.1:20520", "localhost", "[::1]:20520"])
def test_the_servers_own_name_is_forwarded_and_so_are_everybodys(tmp_path: Path, host: str) -> None:
    """At the latter pages are sent on, and programs ask that are no browser."""
    assert _through_a_port(tmp_path, lambda port: _said_through(port, _asks_at(host))) == _asks_at(host)


@pytest.mark.parametrize("host", OTHERS)
def test_what_is_asked_of_another_server_never_reaches_this_one(tmp_path: Path, host: str) -> None:
    """Else this one's host could lead a browser here under that name, and be sent the cookies of it."""
    assert _through_a_port(tmp_path, lambda port: _said_through(port, _asks_at(host))) == local_port.REFUSED


@pytest.mark.parametrize("text", [b"", b"\x16\x03\x01 no http", b"x" * 100_000], ids=["nothing", "no end", "endless"])
def test_what_is_no_request_is_not_forwarded(tmp_path: Path, text: bytes) -> None:
    async def gives_up(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(text)
        writer.write_eof()
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""

    assert _through_a_port(tmp_path, gives_up) == b""


@needs_ipv6
def test_it_answers_where_a_browser_looks_first(tmp_path: Path) -> None:
    assert _through_a_port(tmp_path, lambda port: _said_through(port, _asks_at(NAME), "::1")) == _asks_at(NAME)


@needs_ipv6
def test_a_port_that_somebody_has_at_either_address_is_left_to_them() -> None:
    async def story(taken: int) -> int:
        held = await LocalPort(NAME).listen(taken, set())
        held.close()
        return held.number

    with socket.create_server(("::1", 20_530), family=socket.AF_INET6):
        assert asyncio.run(story(20_530)) == 20_531
        socket.create_server(("127.0.0.1", 20_530)).close()


def test_a_computer_without_ipv6_does_with_one_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = socket.create_server

    def create_ipv4(address: tuple[str, int], *, family: int = socket.AF_INET) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EADDRNOTAVAIL, "no such address")
        return create(address, family=family)

    monkeypatch.setattr(socket, "create_server", create_ipv4)

    assert _through_a_port(tmp_path, lambda port: _said_through(port, _asks_at(NAME))) == _asks_at(NAME)


def test_the_next_port_is_no_other_servers() -> None:
    async def story() -> tuple[int, int]:
        first = await LocalPort(NAME).listen(20_510, set())
        second = await LocalPort("bob-econ2.localhost").listen(first.number, {first.number + 1})
        first.close()
        second.close()
        return first.number, second.number

    first, second = asyncio.run(story())

    assert second >= first + 2
