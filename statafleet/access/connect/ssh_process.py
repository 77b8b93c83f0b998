"""One ssh, from its start to its end. What it says is kept, and shown for as long as it may be asking somebody."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT = 16_384
GRACE = 2.0


class Line:
    def __init__(self, process: asyncio.subprocess.Process, *, shown: bool) -> None:
        self._process = process
        self.said = ""
        self.shown = shown
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, words: Sequence[str], *, shown: bool) -> Line:
        """ssh stays in our process group: what it asks (a passphrase, a second factor) reaches the terminal."""
        nothing, pipe = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*words, stdin=nothing, stdout=nothing, stderr=pipe)
        return cls(process, shown=shown)

    @property
    def runs(self) -> bool:
        return self._process.returncode is None

    async def ended(self) -> str:
        """All that it said, once it has ended."""
        await self._process.wait()
        await self._heard_out()
        return self.said

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), GRACE)
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        await self._heard_out()

    async def _heard_out(self) -> None:
        """A jump host's ssh holds the pipe open a little longer than the one that it served."""
        await asyncio.wait([self._listening], timeout=GRACE)
        self._listening.cancel()

    async def _listen(self) -> None:
        stream = self._process.stderr
        while stream and (heard := await stream.read(4096)):
            text = heard.decode(errors="replace")
            self.said = (self.said + text)[-KEPT:]
            if self.shown:
                sys.stderr.write(text)
                sys.stderr.flush()
