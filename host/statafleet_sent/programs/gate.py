"""Ask the probe of every server what it sees. Changes nothing; what it means is the controller's to say."""

import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from statafleet_host.probe.task import Check, Report, Task

from statafleet_sent import wire
from statafleet_sent.managers.manager import manager
from statafleet_sent.parts import lease
from statafleet_sent.parts.report import Refused, run
from statafleet_sent.wire import Evidence, GateAnswer, GateQuestion

# In which a probe whose time is over removes its kernel.
SPARE_SECONDS = 60


def main(question: GateQuestion) -> GateAnswer:
    root = Path(question.root)
    with lease.held(root, question.lease) if question.lease else nullcontext():
        running = manager(question.manager, root).servers(question.probes)
        tasks = {owner: replace(task, pid=running[owner].pid) for owner, task in question.probes.items()}
        with ThreadPoolExecutor() as pool:
            evidence = pool.map(lambda task: probed(question.python, task), tasks.values())
            return GateAnswer(dict(zip(tasks, evidence, strict=True)))


def probed(python: str, task: Task) -> Evidence:
    # -I: a module of this name in the folder that we were started in is not ours.
    argv = (python, "-I", "-m", "statafleet_host.probe")
    seconds = task.seconds + SPARE_SECONDS
    try:
        done = run(*argv, stdin=wire.dumped(task), check=False, timeout=seconds)
    except (Refused, OSError) as error:
        return broken(str(error))
    try:
        report = wire.parse(Report, done.stdout)
    except ValueError:
        return broken(done.stderr)
    return Evidence(report.checks, certificate(task.url))


def certificate(url: str | None) -> str:
    """The one that is really shown, PEM; empty where there is none."""
    parts = urlsplit(url or "")
    if parts.scheme != "https" or not parts.hostname or not parts.port:
        return ""
    try:
        return ssl.get_server_certificate((parts.hostname, parts.port), timeout=10)
    except OSError:
        return ""


def broken(text: str) -> Evidence:
    last = (text.strip().splitlines() or ["nothing"])[-1]
    return Evidence((Check("probe", ok=False, saw=f"the probe itself failed: {last}"),))
