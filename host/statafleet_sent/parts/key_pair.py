"""A certificate and its key that lie on the host: whether a server can use them, and the certificate's text."""

import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from stat import S_ISREG

from statafleet_sent.wire import Certificate, KeyPair

LARGEST = 65536
CERTIFICATES = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


def certificate(pair: KeyPair) -> Certificate:
    """Nothing but the certificates leave the host: the key may lie in the same file."""
    try:
        with opened(pair.certificate) as shown, opened(pair.key) as key:
            # A passphrase that is asked for would be asked of nobody.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(again(shown), again(key), password=lambda: b"")
            return Certificate("".join(CERTIFICATES.findall(text(pair.certificate))))
    except (OSError, ValueError) as error:
        return Certificate(wrong=str(error))


def text(path: str) -> str:
    with opened(path) as handle, open(again(handle), encoding="ascii") as file:
        return file.read(LARGEST)


@contextmanager
def opened(path: str) -> Iterator[int]:
    """Found without opening it: to open a device may be to act on it, and a pipe would hold us for ever."""
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        facts = os.fstat(handle)
        if not S_ISREG(facts.st_mode) or facts.st_size > LARGEST:
            raise OSError(f"{path} is no plain file of at most {LARGEST} bytes")
        yield handle
    finally:
        os.close(handle)


def again(handle: int) -> str:
    return f"/proc/self/fd/{handle}"
