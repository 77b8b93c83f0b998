"""Unpack a release, verify it, and switch to it in one step."""

import base64
from pathlib import Path

from statafleet_sent.parts import journal, lease, login, release
from statafleet_sent.parts.journal import Entry
from statafleet_sent.wire import Done, SwitchQuestion


def main(question: SwitchQuestion) -> Done:
    root = Path(question.root)
    with lease.held(root, question.lease):
        before = release.current(root) or None
        release.put(root, question.id, base64.b64decode(question.archive), question.kept)
        journal.note(root, Entry(question.id, question.lease.who, "switched", login.seen(), before))
    return Done()
