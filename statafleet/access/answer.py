"""Whether a Jupyter answers at the other end."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.access.door import opened

if TYPE_CHECKING:
    from statafleet.access.door import Streams
    from statafleet.access.route import Route

PATIENCE = 10.0
# Without a sign-in Jupyter says its version or refuses, as it is set up; both are its voice.
_JUPYTER = (b"200", b"403")
_STATUS = re.compile(rb"HTTP/1\.[01] (?P<status>\d{3})")


async def is_there(end: str) -> bool:
    """Whether ssh has signed in, for then it makes its end here."""
    if end.startswith("/"):
        return Path(end).exists()
    try:
        _, writer = await opened(end)
    except OSError:
        return False
    writer.close()
    return True


async def knock(end: str, route: Route) -> bool:
    """Whether a Jupyter answered; False for silence, a closed door or somebody else's page."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _status(await opened(end), route) in _JUPYTER
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


async def knock_directly(route: Route) -> bool:
    """The same for a server that is reached without ssh; whose certificate it is, the browser judges."""
    import ssl  # noqa: PLC0415 - slow to load, and needed for an address with a certificate alone
    from urllib.parse import urlsplit  # noqa: PLC0415

    parts = urlsplit(route.url)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    security = trusting if parts.scheme == "https" else None
    try:
        async with asyncio.timeout(PATIENCE):
            streams = await asyncio.open_connection(parts.hostname, parts.port, ssl=security)
            return await _status(streams, route) in _JUPYTER
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


async def _status(streams: Streams, route: Route) -> bytes:
    reader, writer = streams
    host = route.url.split("/")[2]
    try:
        writer.write(f"GET {route.path}api HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        match = _STATUS.match(await reader.readline())
        return match["status"] if match else b""
    finally:
        writer.close()
