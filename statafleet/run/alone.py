"""What is wrong with one host fails it alone: pyinfra 3.10 ends the run at an exception that it does not know."""

import traceback
from collections.abc import Callable
from typing import TypeVar

from pyinfra.api.exceptions import PyinfraError
from pyinfra.api.host import Host

from statafleet.errors import StataFleetError
from statafleet.observed.state import NotUsable
from statafleet.report.finding import Finding, Kind
from statafleet.run.say import say

R = TypeVar("R")


def alone(host: Host, work: Callable[[], R]) -> R | None:
    """None where it could not be done, which was said."""
    try:
        return work()
    except PyinfraError:
        raise
    except (StataFleetError, NotUsable, OSError) as reason:
        refused(host, str(reason))
    except Exception as fault:  # noqa: BLE001 - see above
        # Its text may hold what was sent.
        place = traceback.extract_tb(fault.__traceback__)[-1]
        refused(host, f"a fault of stata-fleet: {type(fault).__name__} in {place.filename}, line {place.lineno}")
    return None


def led(host: Host, road: Callable[[Host], None]) -> None:
    """Through to its end, or the host takes no further part."""

    def whole() -> bool:
        road(host)
        return True

    if not alone(host, whole):
        host.state.fail_hosts({host})  # type: ignore[no-untyped-call]


def refused(host: Host, *lines: str) -> bool:
    say(host, [Finding(Kind.PROGRAM_FAILED, values={"text": line}) for each in lines for line in each.splitlines()])
    return False
