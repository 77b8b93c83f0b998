"""Take away everything that we ever put on a host; the owners' files stay."""

import shutil
from pathlib import Path

from statafleet_sent.managers.manager import manager
from statafleet_sent.parts import lease
from statafleet_sent.wire import RemoveAnswer, RemoveQuestion


def main(question: RemoveQuestion) -> RemoveAnswer:
    root = Path(question.root).expanduser()
    with lease.held(root, question.lease, last=True):
        manager("systemd" if question.scope == "system" else "supervisor", root).take_away()
        shutil.rmtree(root, ignore_errors=True)
    return RemoveAnswer(left=(str(root),) if root.exists() else ())
