"""How every kernel is started: by one program, which lies in the release for all owners to read."""

from functools import cache

from statafleet import carried
from statafleet.desired.files import File
from statafleet.layout import KERNEL_START


@cache
def program() -> File:
    return File(KERNEL_START, (carried.folder("host") / KERNEL_START).read_text())


def argv(environment: str, start: str, kernel: str) -> list[str]:
    """`start` is where the program lies on the host; `kernel` is the class in the environment that it runs."""
    return [f"{environment}/bin/python", start, kernel, "-f", "{connection_file}"]
