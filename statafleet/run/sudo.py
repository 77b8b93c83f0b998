"""No password for a host's sudo.

pyinfra 3.10.0 asks for one as soon as a host says that it needs one, and puts it into an argument list there, which
every account of the host can read.
"""

from typing import NoReturn

from pyinfra.connectors import util

from statafleet.errors import StataFleetError


def asks_nobody() -> None:
    """From now on."""
    setattr(util, "getpass", _refuse)  # noqa: B010 - it is imported there


def _refuse(_prompt: str) -> NoReturn:
    raise StataFleetError(
        "sudo on this host wants a password, and pyinfra would give it to every account there to read: let it ask the "
        "account that we connect as for none (`NOPASSWD`), or connect as root with a key"
    )
