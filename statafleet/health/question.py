"""What the gate asks of a host: one probe a server. Pure."""

from collections.abc import Collection

from statafleet_host.probe.task import Task
from statafleet_sent.wire import GateQuestion, LeaseWanted

from statafleet.desired.answers import Answers
from statafleet.desired.release import Release


def question(
    desired: Release,
    answers: Answers,
    owners: Collection[str],
    lease: LeaseWanted | None,
) -> GateQuestion:
    return GateQuestion(
        root=answers.layout.root,
        manager=answers.layout.manager,
        python=f"{answers.layout.environment(desired.environments['server'].id)}/bin/python",
        probes={owner: task(desired, answers, owner) for owner in owners},
        lease=lease,
    )


def task(desired: Release, answers: Answers, owner: str) -> Task:
    listening, kernel = desired.servers[owner].settings.jupyter.listening, desired.kernel
    return Task(
        probe_socket=answers.layout.probe_socket(owner),
        pid=0,
        url=listening.url,
        socket=None if listening.url else answers.layout.socket(owner),
        base_url=desired.servers[owner].settings.jupyter.base_url,
        listen=listening.listen,
        owner_uid=answers.accounts[owner].uid,
        kernel=kernel.jupyter_name if kernel else None,
        code=kernel.cell.code if kernel else "",
        expect=kernel.cell.answer if kernel else "",
        stata_path=answers.stata or None,
    )
