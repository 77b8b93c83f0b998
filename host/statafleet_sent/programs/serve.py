"""Make the service manager run what the current release says: link, reload, start, stop, restart."""

from pathlib import Path

from statafleet_sent.managers.manager import Manager, manager
from statafleet_sent.parts import lease
from statafleet_sent.wire import Done, ServeQuestion, Step


def main(question: ServeQuestion) -> Done:
    root = Path(question.root)
    with lease.held(root, question.lease):
        make_all(manager(question.manager, root, Path(question.programs)), question.steps)
    return Done()


def make_all(manager: Manager, steps: tuple[Step, ...]) -> None:
    """All stop before any starts, since two may have changed ports with each other."""
    for step in steps:
        if step.do == "restart":
            manager.halt(step.owner)
    for step in steps:
        make(manager, step)


def make(manager: Manager, step: Step) -> None:
    if step.do == "reload":
        manager.reload()
        return
    verbs = {
        "link": manager.link,
        "unlink": manager.unlink,
        "start": manager.start,
        "stop": manager.stop,
        "restart": manager.restart,
    }
    verbs[step.do](step.owner)
