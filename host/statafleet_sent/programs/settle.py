"""The end of a run: note the verdict, and tidy up what nothing runs from any more if it is good."""

import os
import pwd
import shutil
from contextlib import suppress
from pathlib import Path

from statafleet_host import proc

from statafleet_sent.managers.systemd import Systemd
from statafleet_sent.parts import journal, lease, login, release
from statafleet_sent.parts.journal import Entry, Result
from statafleet_sent.wire import Done, SettleQuestion

# Besides the current one: enough to go back to.
KEPT = 2


def main(question: SettleQuestion) -> Done:
    root = Path(question.root)
    with lease.held(root, question.lease, last=True):
        result: Result = "well" if question.well else "not well"
        entry = Entry(question.release, question.lease.who, result, login.seen(), failed=question.failed)
        journal.note(root, entry)
        if question.well:
            tidy(root)
    return Done()


def tidy(root: Path) -> None:
    """What stays: the current release and the last good ones, their environments, and whatever something runs from."""
    now = release.current(root)
    forget_secrets(root, now)
    if not environments(root / "releases" / now):
        return
    kept = list(dict.fromkeys([now, *journal.last_good(root)]))[: KEPT + 1]
    used = {name for each in kept for name in environments(root / "releases" / each)}
    for path in (root / "releases").glob("*"):
        if path.name not in kept:
            shutil.rmtree(path)
    unused = [path for path in (root / "environments").glob("*") if path.name not in used]
    used_by = used_files(accounts(root)) if unused else set()
    for path in unused:
        if not any(file.startswith(f"{path}/") for file in used_by):
            shutil.rmtree(path)
    for path in root.glob(".building-*"):
        shutil.rmtree(path)


def accounts(root: Path) -> set[int]:
    """Whose processes count: anybody else can name or map what is ours too, and would keep it for ever."""
    found = {os.geteuid()}
    for owner in Systemd(root).set_up():
        with suppress(KeyError):
            found.add(pwd.getpwnam(owner).pw_uid)
    return found


def used_files(uids: set[int]) -> set[str]:
    """What processes of these accounts were started with, and what they have loaded."""
    pids = [pid for pid in proc.parents() if proc.effective_uid(pid) in uids]
    return {file for pid in pids for file in (*proc.cmdline(pid), *proc.loaded(pid))}


def forget_secrets(root: Path, now: str) -> None:
    """Of every release but the current one: a controller that goes back to one sends it again."""
    for path in (root / "releases").glob("*/secrets"):
        if path.parent.name != now:
            shutil.rmtree(path)


def environments(folder: Path) -> list[str]:
    """None of a release that is gone or damaged."""
    try:
        return list(release.description(folder).environments.values())
    except (OSError, ValueError):
        return []
