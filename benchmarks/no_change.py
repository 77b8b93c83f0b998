"""How long a run with nothing to do takes, on real hosts: `python -m benchmarks.no_change [HOSTS]`, as root.

Prints one line of JSON: the hosts, the median of five runs in seconds, and the time of pyinfra alone with `exec true`.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.fleet.fleet import Fleet
from tests.fleet.project import Project, Result

RUNS = 5


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as before, tempfile.TemporaryDirectory() as folder, Fleet() as fleet:
        first = fleet.add("h0", "bookworm")
        fleet.boot(first)
        deploy(Project(Path(before), fleet), ["h0"])
        first.stop()
        names = [f"h{number}" for number in range(1, count + 1)]
        fleet.boot(*(fleet.add(name, "bookworm", golden=first) for name in names))
        project = Project(Path(folder), fleet)
        deploy(project, names)
        ours = [seconds(project, "deploy.py", "-y") for _ in range(RUNS)]
        bare = [seconds(project, "exec", "--", "true") for _ in range(RUNS)]
        sys.stdout.write(json.dumps({"hosts": count, "no_change": median(ours), "pyinfra_alone": median(bare)}) + "\n")


def deploy(project: Project, names: list[str]) -> None:
    """One server a host, signed in to with a token, so that no time goes into checking a clear password."""
    entries = "".join(f"  {name}: {{ssh: {{user: root}}, servers: {{alice: {{}}}}}}\n" for name in names)
    project.inventory(f"hosts:\n{entries}")
    project.group_data("all", "stata: {path: /usr/local/stata18/stata-mp}\n")
    checked(project.pyinfra("-y"))


def seconds(project: Project, *words: str) -> float:
    began = time.monotonic()
    checked(project.run("pyinfra", "inventory.py", *words))
    return time.monotonic() - began


def checked(done: Result) -> None:
    if done.returncode:
        raise RuntimeError(done.stdout)


def median(times: list[float]) -> float:
    return round(statistics.median(times), 2)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
