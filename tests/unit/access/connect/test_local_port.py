import asyncio
from pathlib import Path

from statafleet.access.connect.local_port import LocalPort


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(5))
    writer.close()


async def _said_through(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    answer = await reader.read()
    writer.close()
    return answer


def test_a_client_that_is_early_waits_and_is_forwarded(tmp_path: Path) -> None:
    async def story() -> bytes:
        end = str(tmp_path / "end")
        async with await asyncio.start_unix_server(_echo, end):
            local_port = await LocalPort().listen(20_500, set())
            asking = asyncio.create_task(_said_through(local_port.number, b"hello"))
            await asyncio.sleep(0)
            local_port.forward_to(end)
            answer = await asking
            local_port.close()
            return answer

    assert asyncio.run(story()) == b"hello"


def test_the_next_port_is_no_other_servers() -> None:
    async def story() -> tuple[int, int]:
        first = await LocalPort().listen(20_510, set())
        second = await LocalPort().listen(first.number, {first.number + 1})
        first.close()
        second.close()
        return first.number, second.number

    first, second = asyncio.run(story())

    assert second >= first + 2
