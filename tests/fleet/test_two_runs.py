"""Two people who deploy to one host at the same time."""

import signal
from pathlib import Path

from .fleet import Fleet
from .poll import until
from .project import Project

INVENTORY = "hosts: {pair: {ssh: {user: root}, servers: {alice: {}}, stata: {kernel: none}}}\n"


def project(folder: Path, fleet: Fleet) -> Project:
    folder.mkdir()
    made = Project(folder, fleet)
    made.inventory(INVENTORY)
    return made


def test_one_run_works_on_a_host_and_the_other_is_told_who_does(fleet: Fleet, tmp_path: Path) -> None:
    with fleet.spare("pair") as host:
        first, second = (project(tmp_path / name, fleet) for name in ("first", "second"))
        with first.start("pyinfra", "inventory.py", "deploy.py", "-y") as running:
            until(lambda: host.exists("/opt/stata-fleet/lease"), "the first run works on the host", 60)

            running.send_signal(signal.SIGSTOP)
            refused = second.cli("remove", "--limit", "pair")
            running.send_signal(signal.SIGCONT)
            seen, _ = running.communicate(timeout=300)

        assert refused.returncode == 1
        assert "is working on this host since" in refused.stdout
        assert "make it as the settings say" in refused.stdout
        assert "Traceback" not in refused.stdout
        assert running.returncode == 0, seen
        assert host.services()["stata-fleet@alice.service"] == "active"
        assert not host.exists("/opt/stata-fleet/lease")
        again = second.pyinfra("-y")
        assert "nothing to do" in again.stdout, again.stdout
