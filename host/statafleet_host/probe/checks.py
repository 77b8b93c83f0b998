"""Is a server well: `python -m statafleet_host.probe`, one JSON object in, one out (see README.md).

Run by root on the host, or by the owner where there is no root. It leaves nothing behind.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from statafleet_host.probe.cell import CellError, trial
from statafleet_host.probe.client import Way, way_to_url
from statafleet_host.probe.kernels import ports, processes, tcp_kernels
from statafleet_host.probe.task import Check, Report, Task
from statafleet_host.proc import listening, process_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from statafleet_host.probe.cell import Outcome, Trial

PROBE_HEADERS = {"X-Stata-Fleet-Probe": "1"}

# An owner decides what the probe reads; what it may take of the host is decided here.
MEMORY = 512 << 20
LONGEST = 500
DIAGNOSIS_SECONDS = 60


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
        pid=task.pid,
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
    if found := tcp_kernels(below):
        saw = f"kernels that talk over TCP: {_list({f'process {pid}' for pid in found})}"
        return _failed("bound only", saw, "restart these kernels; their messages can be read")
    others = ports(below) - own
    note = f"; notebooks listen on {_list(others)}" if others else ""
    return Check("bound only", ok=True, saw=f"listens on {_list(own)}{note}")


def refuses_strangers(task: Task) -> Check:
    status = as_stranger(task).get("api/contents?content=0").status
    if status != 403:
        fix = "set a password; look for a configuration that turns authentication off"
        return _failed("refuses strangers", f"HTTP {status} without signing in, not 403", fix)
    return Check("refuses strangers", ok=True, saw="HTTP 403 without signing in")


def sign_in(task: Task) -> Check:
    """By the form, as everybody, with a password for this once: the real one is not known on the host."""
    made = replace(as_probe(task), base_url="/").ask("POST", "stata-fleet/one-sign-in", timeout=60)
    if made.status != 201:
        fix = "set the password again and apply"
        return _failed("sign-in", f"the server lets nobody sign in (HTTP {made.status})", fix)
    # Over the probe socket, so that guesses by others cannot fail this check by the throttle.
    way = replace(as_probe(task), headers={})
    form = way.get("login")
    if form.status != 200 or b'name="password"' not in form.body:
        return _failed("sign-in", f"no form to sign in (HTTP {form.status})", READ_LOG)
    fields = {"password": made.json()["password"], "_xsrf": form.cookies.get("_xsrf", "")}
    answer = way.post_form("login", fields, form.cookies, timeout=60)
    if answer.status != 302:
        return _failed("sign-in", f"a good password is refused (HTTP {answer.status})", READ_LOG)
    status = as_stranger(task).get("api/contents?content=0", cookies=answer.cookies).status
    if status != 200:
        return _failed("sign-in", f"signed in, yet HTTP {status} for the files", READ_LOG)
    return Check("sign-in", ok=True, saw="a password opens the files")


def kernel(task: Task) -> Iterator[Check]:
    """Two checks of one kernel, in which nobody else's code has run."""
    started = time.monotonic()
    try:
        with trial(as_probe(task), str(task.kernel), task.kernel_timeout) as running:
            trouble = _trouble(task, running.run(task.code))
            closed = kernel_ports(task, running)
    except Exception as error:  # noqa: BLE001  (the owner's server may answer anything)
        yield _kernel_failed(task, _words(error))
        return
    saw = f"{task.code} gives {task.expect} in {time.monotonic() - started:.1f} s"
    yield _kernel_failed(task, trouble) if trouble else Check("kernel", ok=True, saw=saw)
    yield closed


def kernel_ports(task: Task, running: Trial) -> Check:
    """On loopback, too, every account on the host may connect."""
    if "debugger" in running.info.get("supported_features", ()):
        return _failed("kernel ports", "the kernel has a debugger, which listens on TCP", NO_PORTS)
    mine = processes(process_tree(task.pid), running.kernel_id)
    if not mine:
        return _failed("kernel ports", "the kernel's process is not below the server", READ_LOG)
    if found := ports(mine):
        return _failed("kernel ports", f"the kernel listens on {_list(found)}", NO_PORTS)
    return Check("kernel ports", ok=True, saw="listens on nothing")


def _kernel_failed(task: Task, trouble: str) -> Check:
    saw = f"{task.code}: {trouble}"
    if not task.stata_path:
        return _failed("kernel", saw, READ_LOG)
    try:
        why = _statas_trouble(task, task.stata_path)
    except Exception as error:  # noqa: BLE001  (the owner's server may answer anything)
        return _failed("kernel", f"{saw}; nor does a Python kernel answer: {_words(error)}", READ_LOG)
    if why:
        return _failed("kernel", f"{saw}; {why}", f"make {task.stata_path} start on this host")
    return _failed("kernel", saw, READ_LOG)


def _statas_trouble(task: Task, path: str) -> str:
    """Asked in a Python kernel of the server's: a console that root starts would have what a sealed server has not."""
    command = f"[sys.executable, '-I', '-m', 'statafleet_host.probe.stata', {path!r}]"
    code = f"import subprocess, sys; print(subprocess.run({command}, capture_output=True, text=True).stdout)"
    with trial(as_probe(task), "python3", DIAGNOSIS_SECONDS) as running:
        return " / ".join(running.run(code).text.split("\n")).strip(" /")


def _trouble(task: Task, outcome: Outcome) -> str | None:
    if outcome.status == "ok" and outcome.text.strip() == task.expect:
        return None
    last = " / ".join(outcome.text.strip().splitlines()[-5:])
    return f"{outcome.status}, {last or 'no output'}"


NO_PORTS = "look for a debugger or a server in the kernel's packages or start-up files"
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
    if bound.ok:
        yield _judged("sign-in", sign_in, task)
    if task.kernel is not None:
        yield from kernel(task)


def _judged(name: str, check: Callable[[Task], Check], task: Task) -> Check:
    try:
        return check(task)
    except Exception as error:  # noqa: BLE001  (the owner's server may answer anything)
        return _failed(name, _words(error), READ_LOG)


def _words(error: Exception) -> str:
    """A name as well where the text alone says little, as in `KeyError: 'version'`."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    plain = isinstance(error, (CellError, OSError))
    return str(error) if plain and str(error) else f"{type(error).__name__}: {error}"


def _failed(name: str, saw: str, fix: str) -> Check:
    return Check(name, ok=False, saw=saw, fix=fix)


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


class TooLongError(BaseException):
    """The whole probe's time is over. Not an Exception: no single check may take it for its own trouble."""


def _stop(number: int, _frame: Any) -> None:
    """End as by an exception, so that the kernel is removed."""
    raise SystemExit(128 + number)


def _too_long(_number: int, _frame: Any) -> None:
    raise TooLongError


def _report(task: Task) -> Report:
    """All checks, or those that were done in time."""
    found: list[Check] = []
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, task.seconds)
    try:
        found.extend(replace(check, saw=check.saw[:LONGEST]) for check in checks(task))
    except TooLongError:
        found.append(_failed("probe", f"not done after {task.seconds:.0f} seconds", READ_LOG))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return Report(ok=all(check.ok for check in found), checks=tuple(found))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _stop)
    json.dump(asdict(_report(Task(**json.load(sys.stdin)))), sys.stdout)
