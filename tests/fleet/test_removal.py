"""What is left of us on a host that we were removed from."""

from pathlib import Path

from .fleet import Fleet
from .project import Project

TRACES = "ls -d /opt/stata-fleet /etc/systemd/system/stata-fleet* /etc/systemd/system/*/stata-fleet* /*/*/stata-fleet"


def test_removing_takes_all_of_ours_and_nothing_of_the_owners(fleet: Fleet, tmp_path: Path) -> None:
    with fleet.spare("away") as host:
        project = Project(tmp_path, fleet)
        project.inventory("hosts: {away: {ssh: {user: root}, servers: {alice: {}}, stata: {kernel: none}}}\n")
        installed = project.pyinfra("-y")
        assert installed.returncode == 0, installed.stdout
        assert "stata-fleet@alice.service" in host.services()
        host.write("/home/alice/mine.ipynb", b"{}", owner="alice")

        removed = project.cli("remove", "--limit", "away")

        assert removed.returncode == 0, removed.stdout
        assert host.run(TRACES, check=False).stdout == ""
        assert "jupyter" not in host.run("ps -eo args").stdout
        assert "stata-fleet@alice.service" not in host.services()
        assert host.exists("/home/alice/mine.ipynb")
