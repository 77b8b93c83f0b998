"""Make the service manager run what the current release says: link, reload, listen, start, stop, restart."""

from pathlib import Path

from statafleet_sent.managers.manager import Manager, manager
from statafleet_sent.parts import lease
from statafleet_sent.parts.report import Refused
from statafleet_sent.wire import Done, ServeQuestion, Step


def main(question: ServeQuestion) -> Done:
    root = Path(question.root)
    with lease.held(root, question.lease):
        make_all(manager(question.manager, root, Path(question.programs)), question.steps)
    return Done()


def make_all(manager: Manager, steps: tuple[Step, ...]) -> None:
    """A server that does not come up keeps no other from it."""
    refused: dict[str, str] = {}
    for step in steps:
        try:
            if step.owner not in refused:
                make(manager, step)
        except Refused as error:
            refused[step.owner] = str(error)
    if refused:
        raise Refused("\n".join(refused.values()))


def make(manager: Manager, step: Step) -> None:
    if step.do == "reload":
        manager.reload()
        return
    verbs = {
        "link": manager.link,
        "unlink": manager.unlink,
        "let-go": manager.let_go,
        "listen": manager.listen,
        "start": manager.start,
        "stop": manager.stop,
        "restart": manager.restart,
    }
    verbs[step.do](step.owner)
