"""Make all servers run as the current release says: tell those that run, then link, listen, start, stop, restart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from statafleet_sent.managers.manager import Manager, manager
from statafleet_sent.parts import lease
from statafleet_sent.parts.report import Refused
from statafleet_sent.parts.tell import tell
from statafleet_sent.wire import HandOver, ServeAnswer, ServeQuestion, Step, Untold


def main(question: ServeQuestion) -> ServeAnswer:
    root = Path(question.root)
    with lease.held(root, question.lease):
        chosen = manager(question.manager, root, Path(question.programs))
        # First: a password that was changed must count whatever happens to the rest.
        untold = tell_all(root, chosen, question.tell)
        restarts = {each.owner for each in untold if each.may_restart}
        failed = make_all(chosen, (*question.steps, *(Step("restart", owner) for owner in sorted(restarts))))
    left = ((each, why) for each, why in untold.items() if not each.may_restart)
    return ServeAnswer(tuple(Untold(each.owner, each.said, why) for each, why in left), failed)


def tell_all(root: Path, manager: Manager, wanted: tuple[HandOver, ...]) -> dict[HandOver, str]:
    """What could not be told, and why. A server that ended meanwhile starts with what it would be told."""
    running = manager.servers([each.owner for each in wanted]) if wanted else {}
    alive = [each for each in wanted if running[each.owner].pid]
    with ThreadPoolExecutor() as pool:
        reasons = pool.map(lambda each: tell(root, running[each.owner].pid, each), alive)
        return {each: why for each, why in zip(alive, reasons, strict=True) if why}


def make_all(manager: Manager, steps: tuple[Step, ...]) -> dict[str, str]:
    """Owner -> what could not be done; it keeps no other server from it."""
    failed: dict[str, str] = {}
    for step in steps:
        try:
            if step.owner not in failed:
                make(manager, step)
        except Refused as error:
            if not step.owner:
                raise
            failed[step.owner] = str(error).removeprefix(f"{step.owner}: ")
    return failed


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
