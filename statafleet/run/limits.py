"""How long a host may take: whatever it does or does not do, the run goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

import gevent  # type: ignore[import-untyped]

from statafleet.sending.bootstrap import SECONDS

# The host ends its program by itself, and says so.
LATER = 30
# pyinfra 3.10 waits without a limit of its own while it writes, for the program's status, and for a sudo password.
AT_LAST = 900


@contextmanager
def of(program: str) -> Iterator[int]:
    """What pyinfra's `_timeout` is to be. TimeoutError also where that is not enough."""
    with gevent.Timeout(SECONDS[program] + AT_LAST, TimeoutError):
        yield SECONDS[program] + LATER


def told(program: str) -> str:
    return f"no answer within {SECONDS[program]} seconds"
