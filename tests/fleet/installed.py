"""Three hosts with the servers of alice and bob on them: what most stories begin with."""

from dataclasses import dataclass
from pathlib import Path

from .fleet import Fleet
from .host import Host
from .project import Project

PASSWORD = "correct horse"
PORTS = {("alpha", "alice"): 8888, ("alpha", "bob"): 8889, ("beta", "alice"): 8888, ("gamma", "alice"): 8888}
INVENTORY = """\
hosts:
  alpha:
    ssh: {user: root}
    servers: {alice: {port: 8888}, bob: {port: 8889}}
  beta:
    ssh: {user: admin}
    sudo: true
    servers: {alice: {port: 8888}}
  gamma:
    ssh: {user: root}
    servers: {alice: {port: 8888}}
"""
GROUP_DATA = """\
jupyter: {bind: 127.0.0.1, password: {env: LAB_PASSWORD}}
stata: {path: /usr/local/stata18/stata-mp}
"""


@dataclass(frozen=True)
class Installed:
    """The hosts match the project's YAML; `password` opens every server."""

    project: Project
    fleet: Fleet
    password: str = PASSWORD

    def owners(self, host: Host) -> list[str]:
        return [owner for name, owner in PORTS if name == host.name]


def install(folder: Path, fleet: Fleet) -> Installed:
    project = Project(folder, fleet)
    project.inventory(INVENTORY)
    project.group_data("all", GROUP_DATA)
    project.environment["LAB_PASSWORD"] = PASSWORD
    for name, owner in PORTS:
        fleet.hosts[name].run("mkdir -p work", user=owner)
    done = project.pyinfra("-y")
    if done.returncode:
        raise AssertionError(done.stdout)
    return Installed(project, fleet)
