"""Whether a Jupyter answers at an endpoint."""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import TYPE_CHECKING

from statafleet.access.connect.local_port import opened
from statafleet.access.route import authority

if TYPE_CHECKING:
    from statafleet.access.connect.local_port import Streams
    from statafleet.access.route import Route

PATIENCE = 10.0
# Without a sign-in Jupyter says its version or refuses, as it is set up.
_JUPYTER = (b"200", b"403")
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_STATUS_LENGTH = len(b"HTTP/1.1 200")


async def jupyter_answers(endpoint: str, route: Route) -> bool:
    """False for silence, a refusal or somebody else's page."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await _status(await opened(endpoint, _any_certificate() if route.tls else None), route) in _JUPYTER
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


def _any_certificate() -> ssl.SSLContext:
    """Whose certificate it is, the browser judges."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return trusting


async def _status(streams: Streams, route: Route) -> bytes:
    reader, writer = streams
    try:
        writer.write(
            f"GET {route.path}api HTTP/1.1\r\nHost: {authority(route.url)}\r\nConnection: close\r\n\r\n".encode()
        )
        match = _STATUS.match(await reader.readexactly(_STATUS_LENGTH))
        return match[1] if match else b""
    finally:
        writer.close()
