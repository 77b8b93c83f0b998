"""Whether a Jupyter answers at the other end."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from statafleet.access.connect.local_port import opened
from statafleet.access.route import authority

if TYPE_CHECKING:
    from ssl import SSLContext

    from statafleet.access.connect.local_port import Streams
    from statafleet.access.route import Route

PATIENCE = 10.0
# Without a sign-in Jupyter says its version or refuses, as it is set up; both are its voice.
_JUPYTER = (b"200", b"403")
_STATUS = re.compile(rb"HTTP/1\.[01] (?P<status>\d{3})")


async def is_there(end: str) -> bool:
    """Whether ssh has signed in, for then it makes its end here."""
    if end.startswith("/"):
        return Path(end).exists()  # noqa: ASYNC240 - a look at a folder of our own
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
            return await _status(await opened(end, _any_certificate() if route.tls else None), route) in _JUPYTER
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


def _any_certificate() -> SSLContext:
    """Whose certificate it is, the browser judges."""
    import ssl  # noqa: PLC0415 - slow to load, and few servers have a certificate

    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return trusting


async def _status(streams: Streams, route: Route) -> bytes:
    reader, writer = streams
    try:
        writer.write(
            f"GET {route.path}api HTTP/1.1\r\nHost: {authority(route.url)}\r\nConnection: close\r\n\r\n".encode()
        )
        match = _STATUS.match(await reader.readline())
        return match["status"] if match else b""
    finally:
        writer.close()
