import asyncio
from pathlib import Path

from statafleet.access.connect.local_port import Door


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.read(5))
    writer.close()


async def _said_through(port: int, text: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(text)
    answer = await reader.read()
    writer.close()
    return answer


def test_who_knocks_before_there_is_a_line_is_let_through_with_it(tmp_path: Path) -> None:
    async def story() -> bytes:
        end = str(tmp_path / "end")
        async with await asyncio.start_unix_server(_echo, end):
            door = await Door().take(20_500, set())
            knocking = asyncio.create_task(_said_through(door.port, b"hello"))
            await asyncio.sleep(0)
            door.lead_to(end)
            answer = await knocking
            await door.close()
            return answer

    assert asyncio.run(story()) == b"hello"


def test_the_next_port_is_no_other_servers() -> None:
    async def story() -> tuple[int, int]:
        first = await Door().take(20_510, set())
        second = await Door().take(first.port, {first.port + 1})
        await first.close()
        await second.close()
        return first.port, second.port

    first, second = asyncio.run(story())

    assert second >= first + 2
