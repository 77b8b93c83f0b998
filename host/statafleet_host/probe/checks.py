"""Is a server well: `python -m statafleet_host.probe`, one JSON object in, one out (see README.md).

Run by root on the host, or by the owner where there is no root. It leaves nothing behind.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statafleet_host.probe.cell import CellError, run_cell
from statafleet_host.probe.client import Way, way_to_url
from statafleet_host.probe.stata import diagnose
from statafleet_host.probe.task import Check, Report, Task
from statafleet_host.proc import listening, process_tree, tcp_kernels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROBE_HEADERS = {"X-Stata-Fleet-Probe": "1"}


def as_stranger(task: Task) -> Way:
    """The server's own address, with nothing to show."""
    if task.url is not None:
        return way_to_url(task.url)
    if task.socket is None:
        raise ValueError("a server needs a url or a socket")
    base_url = task.base_url.rstrip("/") + "/"
    return Way(base_url, "127.0.0.1", socket_path=task.socket, owner_uid=task.owner_uid)


def as_probe(task: Task) -> Way:
    """The probe socket. Its Host header is the server's own: Jupyter names cookies by it."""
    door = as_stranger(task)
    return Way(
        door.base_url,
        door.host,
        socket_path=task.probe_socket,
        owner_uid=task.owner_uid,
        headers=PROBE_HEADERS,
    )


def api(task: Task) -> Check:
    """Wait until the server answers at its address and on its probe socket."""
    deadline = time.monotonic() + task.ready_timeout
    while True:
        check = _judged("api", _api_now, task)
        alive = Path(f"/proc/{task.pid}").exists()
        if check.ok or not alive or time.monotonic() > deadline:
            return check if alive else _failed("api", "the server's process is gone", READ_LOG)
        time.sleep(0.2)


def _api_now(task: Task) -> Check:
    for way in (as_stranger(task), as_probe(task)):
        answer = way.get("api", timeout=5)
        if answer.status != 200:
            return _failed("api", f"HTTP {answer.status}", READ_LOG)
    return Check("api", ok=True, saw=f"Jupyter server {answer.json()['version']}")


def bound_only(task: Task) -> Check:
    own, below = listening(task.pid), process_tree(task.pid)[1:]
    if own != set(task.listen):
        saw = f"listens on {_list(own)}, not on {_list(set(task.listen))}"
        return _failed("bound only", saw, "restart the server; look for what else sets its address")
    if kernels := tcp_kernels(below):
        saw = f"kernels that talk over TCP: {_list({f'process {pid}' for pid in kernels})}"
        return _failed("bound only", saw, "restart these kernels; their messages can be read")
    others = set().union(*(_listening(pid) for pid in below)) - own
    note = f"; notebooks listen on {_list(others)}" if others else ""
    return Check("bound only", ok=True, saw=f"listens on {_list(own)}{note}")


def _listening(pid: int) -> set[str]:
    """Nothing for a process that has ended."""
    try:
        return listening(pid)
    except FileNotFoundError:
        return set()


def refuses_strangers(task: Task) -> Check:
    status = as_stranger(task).get("api/contents?content=0").status
    if status != 403:
        fix = "set a password; look for a configuration that turns authentication off"
        return _failed("refuses strangers", f"HTTP {status} without signing in, not 403", fix)
    return Check("refuses strangers", ok=True, saw="HTTP 403 without signing in")


def sign_in(task: Task) -> Check:
    form = as_stranger(task).get("login")
    if form.status != 200 or b'name="password"' not in form.body:
        return _failed("sign-in", f"no form to sign in (HTTP {form.status})", READ_LOG)
    # Over the probe socket, so that guesses by others cannot fail this check by the throttle.
    answer = as_probe(task).post_form("login", {"password": task.password or ""}, timeout=60)
    if answer.status != 302:
        fix = "set the password again and apply"
        return _failed("sign-in", f"the password is refused (HTTP {answer.status})", fix)
    cookies = {"Cookie": answer.cookies}
    status = as_stranger(task).get("api/contents?content=0", headers=cookies).status
    if status != 200:
        return _failed("sign-in", f"signed in, yet HTTP {status} for the files", READ_LOG)
    return Check("sign-in", ok=True, saw="the password opens the files")


def kernel(task: Task) -> Check:
    started = time.monotonic()
    trouble = _cell_trouble(task)
    if trouble is None:
        saw = f"{task.code} gives {task.expect} in {time.monotonic() - started:.1f} s"
        return Check("kernel", ok=True, saw=saw)
    why = diagnose(task.stata_path, task.owner_uid) if task.stata_path else None
    if why:
        return _failed("kernel", f"{trouble}; {why}", f"make {task.stata_path} start on this host")
    return _failed("kernel", trouble, READ_LOG)


def _cell_trouble(task: Task) -> str | None:
    try:
        name = str(task.kernel)
        outcome = run_cell(as_probe(task), name, task.code, task.kernel_timeout)
    except (CellError, OSError, HTTPException, ValueError) as error:
        return f"{task.code}: {error}"
    if outcome.status == "ok" and outcome.text.strip() == task.expect:
        return None
    last = " / ".join(outcome.text.strip().splitlines()[-5:])
    return f"{task.code}: {outcome.status}, {last or 'no output'}"


READ_LOG = "read the server's log"


def checks(task: Task) -> Iterator[Check]:
    ready = api(task)
    yield ready
    bound = _judged("bound only", bound_only, task)
    yield bound
    if not ready.ok:
        return
    yield _judged("refuses strangers", refuses_strangers, task)
    # A cookie is not shown to a port that somebody else may hold.
    if task.password is not None and bound.ok:
        yield _judged("sign-in", sign_in, task)
    if task.kernel is not None:
        yield _judged("kernel", kernel, task)


def _judged(name: str, check: Callable[[Task], Check], task: Task) -> Check:
    try:
        return check(task)
    except (OSError, HTTPException, ValueError, LookupError) as error:
        return _failed(name, str(error) or type(error).__name__, READ_LOG)


def _failed(name: str, saw: str, fix: str) -> Check:
    return Check(name, ok=False, saw=saw, fix=fix)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _stop(number: int, _frame: Any) -> None:
    """End as by an exception, so that the kernel is removed."""
    raise SystemExit(128 + number)


def main() -> None:
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _stop)
    task = Task(**json.load(sys.stdin))
    found = tuple(checks(task))
    report = Report(ok=all(check.ok for check in found), checks=found)
    json.dump(asdict(report), sys.stdout)
