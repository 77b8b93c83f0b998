"""Take away everything that we ever put on a host; the owners' files stay."""

import os
import shutil
from pathlib import Path

from statafleet_sent.managers.manager import manager
from statafleet_sent.parts import lease
from statafleet_sent.wire import RemoveAnswer, RemoveQuestion


def main(question: RemoveQuestion) -> RemoveAnswer:
    root = Path(question.root).expanduser()
    with lease.held(root, question.lease, last=True):
        runs = manager("systemd" if question.scope == "system" else "supervisor", root)
        runs.take_away()
        shutil.rmtree(root, ignore_errors=True)
    left = [path for path in (root, *runs.left()) if os.path.lexists(path)]
    return RemoveAnswer(left=tuple(map(str, left)))
