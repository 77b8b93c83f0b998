"""One ssh, from its start to its end. What it says is kept, and shown for as long as it may be asking somebody."""

from __future__ import annotations

import asyncio
import codecs
import io
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from statafleet.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 16_384
GRACE = 2.0


class SshProcess:
    def __init__(self, process: asyncio.subprocess.Process, *, shown: bool) -> None:
        self._process = process
        self.said = ""
        self.shown = shown
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, words: Sequence[str], *, shown: bool) -> SshProcess:
        """ssh stays in our process group: what it asks (a passphrase, a second factor) reaches the terminal."""
        nothing, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdin=nothing, stdout=nothing, stderr=pipe)
        return cls(process, shown=shown)

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    async def wait(self) -> str:
        """All that it said, once it has ended."""
        await self._process.wait()
        await self._read_out()
        return self.said

    async def stop(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), GRACE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._read_out()

    async def _read_out(self) -> None:
        """A jump host's ssh holds the pipe open a little longer than the one that it served."""
        await asyncio.wait([self._reading], timeout=GRACE)
        self._reading.cancel()

    async def _read(self) -> None:
        stream = self._process.stderr
        utf8 = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        decoder = io.IncrementalNewlineDecoder(utf8, translate=True)
        while stream and (read := await stream.read(4096)):
            text = decoder.decode(read)
            self.said = (self.said + text)[-KEPT:]
            if self.shown:
                sys.stderr.write("\n".join(map(printable, text.split("\n"))))
                sys.stderr.flush()
