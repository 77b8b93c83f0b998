"""Whatever goes wrong with one host, the run goes on with the others."""

from typing import Any, cast

import pytest
from pyinfra.api.exceptions import PyinfraError

from statafleet.errors import StataFleetError
from statafleet.run.alone import led
from tests.unit.run.test_program import Remote


class Host(Remote):
    """In place of pyinfra's host and its state."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.failed = self, False

    def fail_hosts(self, hosts: set[object]) -> None:
        self.failed = hosts == {self}


def lead(host: Host, end: Exception | None) -> None:
    def road(_: object) -> None:
        if end:
            raise end

    led(cast("Any", host), road)


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (EOFError("hunter2"), "a fault of stata-fleet: EOFError in "),
        (OSError(9, "Bad file descriptor"), "[Errno 9] Bad file descriptor"),
        (StataFleetError("use another account"), "use another account"),
    ],
)
def test_a_host_with_which_something_goes_wrong_fails_alone(end: Exception, told: str) -> None:
    host = Host()

    lead(host, end)

    assert host.failed
    assert [line.startswith(told) for line in host.told] == [True]
    assert "hunter2" not in host.told[0]


def test_a_host_whose_road_ends_well_does_not_fail() -> None:
    host = Host()

    lead(host, None)

    assert (host.failed, host.told) == (False, [])


def test_that_no_host_is_left_ends_the_run() -> None:
    with pytest.raises(PyinfraError, match="No hosts remaining"):
        lead(Host(), PyinfraError("No hosts remaining!"))
