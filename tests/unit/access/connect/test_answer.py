"""Whether a Jupyter answers, against small servers that do and do not."""

import asyncio
import ssl
from pathlib import Path

import pytest

from statafleet.access.connect import answer
from statafleet.access.route import Route
from tests.fleet import certificates

ROUTE = Route("econ1", "alice", "127.0.0.1:8888", 20_001, path="/alice/")
TLS = Route("econ1", "alice", "127.0.0.1:8888", 20_001, tls=True)


def _asked(said: bytes, route: Route = ROUTE, security: ssl.SSLContext | None = None) -> tuple[bool, list[bytes]]:
    """Whether a server that says this is a Jupyter, and what it was asked."""
    heard = list[bytes]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(1024))
        writer.write(said)
        writer.close()

    async def story() -> bool:
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=security) as server:
            return await answer.jupyter_answers(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", route)

    return asyncio.run(story()), heard


@pytest.mark.parametrize("status", ["200 OK", "403 Forbidden"])
def test_a_jupyter_tells_its_version_or_wants_a_sign_in(status: str) -> None:
    there, heard = _asked(f"HTTP/1.1 {status}\r\n\r\n".encode())

    assert there
    assert heard == [b"GET /alice/api HTTP/1.1\r\nHost: alice-econ1.localhost:20001\r\nConnection: close\r\n\r\n"]


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 404 Not Found\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"x" * 1_000_000,
        b"HTTP/1.1",
        b"",
    ],
    ids=["no such page", "elsewhere", "a proxy", "an sshd", "endless", "cut", "nothing"],
)
def test_whatever_else_answers_is_no_jupyter(said: bytes) -> None:
    assert not _asked(said)[0]


@pytest.fixture
def security(tmp_path: Path) -> ssl.SSLContext:
    """A certificate that no browser of ours would trust, and that ended."""
    certificates.write(tmp_path, "elsewhere.example", days=-1)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.load_cert_chain(tmp_path / "lab.crt", tmp_path / "lab.key")
    return made


def test_whose_certificate_it_is_the_browser_judges(security: ssl.SSLContext) -> None:
    assert _asked(b"HTTP/1.1 200 OK\r\n\r\n", TLS, security)[0]


def test_a_server_that_speaks_no_tls_does_not_answer_for_one_that_does() -> None:
    assert not _asked(b"HTTP/1.1 200 OK\r\n\r\n", TLS)[0]


def test_where_nobody_listens_nobody_answers(tmp_path: Path) -> None:
    assert not asyncio.run(answer.jupyter_answers(str(tmp_path / "socket"), ROUTE))


def test_who_accepts_and_stays_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer, "PATIENCE", 0.05)
    done = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()
        writer.close()

    async def story() -> bool:
        async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
            there = await answer.jupyter_answers(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", ROUTE)
            done.set()
            return there

    assert not asyncio.run(story())
