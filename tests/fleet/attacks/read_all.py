"""The files and folders below the given places that this account can open, one a line."""

# ruff: noqa: T201, PTH118 - it runs alone on a host, and prints its report
import os
import sys


def can_open(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


for place in sys.argv[1:]:
    if can_open(place):
        print(place)
    for folder, folders, names in os.walk(place):
        for path in (os.path.join(folder, name) for name in [*folders, *names]):
            if can_open(path):
                print(path)
