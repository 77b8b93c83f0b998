"""What the README promises, told on three hosts in its order."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .fleet import Fleet
from .host import Host
from .installed import PORTS, Installed
from .poll import until
from .project import Project
from .visitor import Visitor

NOTHING = re.compile(r"\[(\w+)\] +nothing to do")


@contextmanager
def visit(fleet: Fleet, host: Host, owner: str) -> Iterator[Visitor]:
    with fleet.forward(host, owner, PORTS[host.name, owner]) as port:
        yield Visitor(f"http://127.0.0.1:{port}")


def three(installed: Installed) -> dict[str, Host]:
    """Without the hosts that other tests added."""
    return {name: installed.fleet.hosts[name] for name in ("alpha", "beta", "gamma")}


def main_pid(host: Host, owner: str) -> str:
    return host.run(f"systemctl show -P MainPID stata-fleet@{owner}").stdout.strip()


def commands_seen(host: Host) -> int:
    """As the host's own sshd counts them."""
    return host.journal().count("Starting session: command")


@pytest.mark.parametrize("name", ["alpha", "beta", "gamma"])
def test_a_cell_of_stata_answers_behind_the_tunnel_and_the_password(installed: Installed, name: str) -> None:
    with visit(installed.fleet, installed.fleet.hosts[name], "alice") as alice:
        assert alice.sign_in(installed.password).status_code == 302

        kernel = alice.new_kernel()
        printed = alice.run(kernel, "display 1+1")
        alice.end_kernel(kernel)

        assert printed.strip() == "2"


def test_without_the_password_nobody_gets_in(installed: Installed, alpha: Host) -> None:
    with visit(installed.fleet, alpha, "alice") as stranger:
        assert not stranger.may_read()
        assert stranger.sign_in("wrong horse").status_code == 401
        assert not stranger.may_read()


def test_the_server_is_its_owners_and_starts_at_boot(installed: Installed, gamma: Host) -> None:
    pid = main_pid(gamma, "alice")
    assert gamma.run(f"ps -o user= -p {pid}").stdout.strip() == "alice"

    gamma.reboot()
    until(lambda: ":8888" in gamma.run("ss -ltnH").stdout, "alice's server listens after the boot")

    with visit(installed.fleet, gamma, "alice") as alice:
        assert alice.sign_in(installed.password).status_code == 302


def test_a_second_run_changes_nothing_with_one_command_a_host(installed: Installed) -> None:
    hosts = three(installed)
    before = {name: commands_seen(host) for name, host in hosts.items()}
    pids = {name: main_pid(host, "alice") for name, host in hosts.items()}

    second = installed.project.pyinfra("-y")

    assert second.returncode == 0, second.stdout
    assert sorted(NOTHING.findall(second.stdout)) == ["alpha", "beta", "gamma"]
    assert "Starting operation" not in second.stdout
    assert {name: commands_seen(host) - before[name] for name, host in hosts.items()} == dict.fromkeys(hosts, 1)
    assert {name: main_pid(host, "alice") for name, host in hosts.items()} == pids


def test_a_port_in_one_hosts_group_data_restarts_that_server_alone(installed: Installed, alpha: Host) -> None:
    hosts = three(installed)
    others = {name: main_pid(host, "alice") for name, host in hosts.items() if name != "alpha"}
    alice, bob = main_pid(alpha, "alice"), main_pid(alpha, "bob")
    data = installed.project.group_data("alpha", "servers: {bob: {port: 8890}}\n")
    inventory = (installed.project.folder / "inventory" / "fleet.yml").read_text()
    installed.project.inventory(inventory.replace("bob: {port: 8889}", "bob: {}"))

    try:
        changed = installed.project.pyinfra("-y")

        assert changed.returncode == 0, changed.stdout
        assert "bob: port 8889 → 8890" in changed.stdout
        assert main_pid(alpha, "bob") != bob
        assert main_pid(alpha, "alice") == alice
        assert {name: main_pid(hosts[name], "alice") for name in others} == others
        assert "127.0.0.1:8890" in alpha.run("ss -ltnH").stdout
    finally:
        data.unlink()
        installed.project.inventory(inventory)
        assert installed.project.pyinfra("-y").returncode == 0


def test_a_dry_run_says_what_would_change_and_changes_nothing(installed: Installed, alpha: Host) -> None:
    before = alpha.run("readlink /opt/stata-fleet/current").stdout

    dry = installed.project.pyinfra("--dry", "--data", "jupyter.directory=~/work", "--limit", "alpha")

    assert dry.returncode == 0, dry.stdout
    assert "alice: directory ~ → ~/work" in dry.stdout
    assert alpha.run("readlink /opt/stata-fleet/current").stdout == before


def test_a_host_that_is_down_fails_alone(installed: Installed, fleet: Fleet) -> None:
    inventory = (installed.project.folder / "inventory" / "fleet.yml").read_text()
    down = f"  {fleet.unreachable_address}:\n    ssh: {{user: root}}\n    servers: {{alice: {{}}}}\n"
    installed.project.inventory(inventory + down)

    try:
        run = installed.project.pyinfra("-y")
    finally:
        installed.project.inventory(inventory)

    assert run.returncode == 1
    assert sorted(NOTHING.findall(run.stdout)) == ["alpha", "beta", "gamma"]
    assert "Traceback" not in run.stdout


def test_a_host_whose_python_is_too_old_gets_one_clear_line(project: Project, old_host: Host) -> None:
    project.inventory(f"hosts:\n  {old_host.name}: {{ssh: {{user: root}}, servers: {{alice: {{}}}}}}\n")

    run = project.pyinfra("-y")

    assert run.returncode == 1
    assert "Python 3.10 or newer, which only root can change, is needed; found: Python 3.9" in run.stdout
    assert not old_host.exists("/opt/stata-fleet")


def test_a_broken_yaml_reaches_no_host(installed: Installed) -> None:
    alpha = installed.fleet.hosts["alpha"]
    before = alpha.journal().count("Accepted")
    broken = installed.project.group_data("compute", "jupyter: {prot: 1}\n")

    try:
        run = installed.project.pyinfra("-y")
    finally:
        broken.unlink()

    assert run.returncode == 1
    assert "group_data/compute.yml:1:" in run.stdout
    assert alpha.journal().count("Accepted") == before


def test_files_changed_by_hand_are_put_back(installed: Installed, beta: Host) -> None:
    beta.run("echo '# mine' >> /opt/stata-fleet/current/servers/alice/stata_kernel.conf")

    run = installed.project.pyinfra("-y", "--limit", "beta")

    assert "put back what was changed by hand: servers/alice/stata_kernel.conf" in run.stdout
    assert "mine" not in beta.read("/opt/stata-fleet/current/servers/alice/stata_kernel.conf").decode()


def test_a_running_kernel_is_never_ended_by_a_restart(installed: Installed, beta: Host) -> None:
    with visit(installed.fleet, beta, "alice") as alice:
        alice.sign_in(installed.password)
        kernel = alice.new_kernel()
        alice.run(kernel, "scalar x = 42")

        waits = installed.project.pyinfra("-y", "--limit", "beta", "--data", "jupyter.directory=~/work")

        assert waits.returncode == 0, waits.stdout
        assert "a restart would end 1 kernel" in waits.stdout
        assert alice.run(kernel, "display x").strip() == "42"
        alice.end_kernel(kernel)

    back = installed.project.pyinfra("-y", "--limit", "beta")
    assert back.returncode == 0, back.stdout


def test_verify_says_that_every_server_is_well(installed: Installed) -> None:
    verified = installed.project.cli("verify")

    assert verified.returncode == 0, verified.stdout
    assert verified.stdout.count("display 1+1 gives 2") == len(PORTS)
