"""See that every server is well, note the result, and tidy up what nothing runs from any more."""

import json
import os
import shutil
import ssl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from statafleet_sent.parts import host, lock
from statafleet_sent.programs.observe import by_supervisor, by_systemd
from statafleet_sent.programs.switch import note
from statafleet_sent.wire import Running

# Besides the current one: enough to go back to.
KEPT = 2


def main(payload: dict[str, Any]) -> None:
    root = Path(payload["root"])
    with ThreadPoolExecutor() as pool:
        answers = dict(pool.map(lambda owner: (owner, probe(root, payload, owner)), payload["probes"]))
    checks = [check for answer in answers.values() for check in answer["checks"]]
    well = all(check["ok"] or check["name"] in payload["optional"] for check in checks)
    if payload["note"]:
        with lock.held(root):
            result = "well" if well else "not well"
            note(root, release=payload["release"], who=payload["who"], result=result)
            tidy(root)
    host.report(servers=answers)


def probe(root: Path, payload: dict[str, Any], owner: str) -> dict[str, Any]:
    asked = {**payload["probes"][owner], "pid": main_pid(root, payload["manager"], owner)}
    try:
        done = host.run(payload["python"], "-m", "statafleet_host.probe", stdin=json.dumps(asked), check=False)
    except OSError as error:
        return {"ok": False, "checks": [broken(str(error))]}
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
        answer["certificate"] = certificate(asked["url"])
    except ValueError:
        answer = {"ok": False, "checks": [broken(done.stderr)]}
    return answer


def certificate(url: str | None) -> str:
    """The one that is really shown, PEM; empty where there is none."""
    parts = urlsplit(url or "")
    if parts.scheme != "https" or not parts.hostname or not parts.port:
        return ""
    try:
        return ssl.get_server_certificate((parts.hostname, parts.port), timeout=10)
    except OSError:
        return ""


def broken(text: str) -> dict[str, Any]:
    last = (text.strip().splitlines() or ["nothing"])[-1]
    return {"name": "probe", "ok": False, "saw": f"the probe itself failed: {last}", "fix": ""}


def main_pid(root: Path, manager: str, owner: str) -> int:
    found = by_systemd([owner]) if manager == "systemd" else by_supervisor(root, host.parents())
    return found.get(owner, Running()).pid


def tidy(root: Path) -> None:
    """Releases: the current one, the last good ones, those that a server runs on. Environments: theirs."""
    processes = [" ".join(host.command_line(pid)) for pid in host.parents()]
    now = os.path.basename(os.path.realpath(root / "current"))
    kept = {now, *last_good(root)}
    for path in (root / "releases").iterdir():
        if path.name not in kept:
            shutil.rmtree(path)
    used = {name for release in kept for name in environments(root / "releases" / release)}
    for path in (root / "environments").iterdir():
        if path.name not in used and not any(str(path) in words for words in processes):
            shutil.rmtree(path)
    for path in root.glob(".building-*"):
        shutil.rmtree(path)


def last_good(root: Path) -> list[str]:
    good: list[str] = []
    for entry in reversed(host.journal(root)):
        if entry["result"] == "well" and entry["release"] not in good:
            good.append(entry["release"])
    return good[: KEPT + 1]


def environments(release: Path) -> list[str]:
    try:
        found: dict[str, str] = json.loads((release / "release.json").read_text())["environments"]
    except (OSError, ValueError):
        return []
    return list(found.values())
