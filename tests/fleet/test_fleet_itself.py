"""The fleet's own promises: hosts answer, break on request, and leave nothing behind."""

import re
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from . import claim, images, network, poll
from .fleet import ATTACKER, OWNERS, Fleet
from .host import Host
from .project import Project

TESTS = Path(__file__).parents[1]
ALONE = """
from fleet.fleet import Fleet
with Fleet() as fleet:
    host = fleet.add("alone", "bookworm")
    fleet.boot(host)
    print(fleet.folder.parent.name, flush=True)
    input()
"""


def say(fleet: Fleet, host: Host, user: str, command: str) -> subprocess.CompletedProcess[str]:
    argv = fleet.ssh(host, user, command)
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def test_every_host_answers_over_ssh_with_strict_host_keys(fleet: Fleet) -> None:
    said = {name: say(fleet, host, host.login, "id -un") for name, host in fleet.hosts.items()}

    assert {name: done.stdout.strip() for name, done in said.items()} == {
        name: host.login for name, host in fleet.hosts.items()
    }


def test_a_host_with_another_host_key_is_refused(fleet: Fleet, alpha: Host, beta: Host) -> None:
    swapped = fleet.known_hosts.read_text().replace(alpha.host_key, beta.host_key)
    other = fleet.folder / "known_hosts.swapped"
    other.write_text(swapped)

    argv = fleet.ssh(alpha, "root", "true")
    argv[1:1] = ["-o", f"UserKnownHostsFile={other}"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)

    assert done.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr


def test_each_account_is_entered_with_its_own_key_only(fleet: Fleet, alpha: Host) -> None:
    for account in (*OWNERS, ATTACKER):
        assert say(fleet, alpha, account, "pwd").stdout == f"/home/{account}\n"

    stolen = ["ssh", "-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"]
    stolen += ["-o", "UserKnownHostsFile=/dev/null", "-i", str(fleet.key(ATTACKER))]
    done = subprocess.run([*stolen, f"alice@{alpha.address}"], capture_output=True, check=False)
    assert b"Permission denied" in done.stderr


def test_beta_refuses_root_and_gives_admin_sudo(fleet: Fleet, beta: Host) -> None:
    assert "Permission denied" in say(fleet, beta, "root", "true").stderr
    assert say(fleet, beta, "admin", "sudo -n id -un").stdout == "root\n"


def test_a_user_can_have_a_systemd_of_its_own(fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        host.run("loginctl enable-linger alice")
        poll.until(partial(own_systemd_runs, host), f"{host.name}: systemctl --user answers")
        host.run("loginctl disable-linger alice")


def own_systemd_runs(host: Host) -> bool:
    done = host.run("systemctl --user is-system-running", user="alice", check=False)
    return done.stdout == "running\n"


def test_homes_are_closed_to_neighbours(fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        assert host.run("ls ~alice", user=ATTACKER, check=False).returncode != 0
        assert host.services()["ssh.service"] == "active"


def test_pyinfra_reaches_every_host_with_strict_host_keys(fleet: Fleet, project: Project) -> None:
    strict = ["--data", "ssh_strict_host_key_checking=yes"]

    done = project.run("pyinfra", "alpha,beta,gamma", "exec", *strict, "--", "id -un")

    assert done.returncode == 0, done.stdout
    for host in fleet.hosts.values():
        assert re.search(rf"\[{host.name}\] +{host.login}$", done.stdout, re.MULTILINE)


def test_a_cut_network_is_noticed_and_restored(fleet: Fleet, gamma: Host) -> None:
    with gamma.without_network():
        assert say(fleet, gamma, "root", "true").returncode == 255
        assert gamma.run("id -un").stdout == "root\n"

    assert say(fleet, gamma, "root", "true").returncode == 0


def test_nobody_answers_at_the_unreachable_address(fleet: Fleet) -> None:
    with pytest.raises(OSError, match=r"timed out|No route"):
        socket.create_connection((fleet.unreachable_address, 22), timeout=1)


def test_files_outlive_a_reboot_and_a_power_cut(alpha: Host) -> None:
    alpha.write("/srv/kept/note", b"kept", 0o600, "alice")

    boots = [alpha.run("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1").stdout]
    alpha.reboot()
    boots.append(alpha.run("cat /proc/sys/kernel/random/boot_id; stat -c %Y /proc/1").stdout)
    alpha.power_cut()
    assert "Reached target" in alpha.journal()
    alpha.start()

    assert len(set(boots)) == 2
    assert alpha.read("/srv/kept/note") == b"kept"
    assert alpha.run("stat -c '%a %U' /srv/kept/note").stdout == "600 alice\n"


def test_a_stopped_host_is_copied_and_the_copy_is_its_own(fleet: Fleet) -> None:
    with fleet.spare("golden") as golden:
        golden.write("/srv/installed", b"once")
        golden.run("rm /etc/motd")
        golden.stop()

        with fleet.spare("copy", golden=golden) as copy:
            assert copy.read("/srv/installed") == b"once"
            assert not copy.exists("/etc/motd")
            assert say(fleet, copy, "root", "hostname").stdout == "copy\n"
            assert copy.host_key != golden.host_key


def test_a_small_disk_is_full_at_its_size(beta: Host) -> None:
    with beta.small_disk("/srv/small", "1M"):
        full = beta.run("head -c 2M /dev/zero > /srv/small/file", check=False)

    assert "No space left on device" in full.stderr


def test_a_forwarded_port_reaches_the_host(fleet: Fleet, gamma: Host) -> None:
    with (
        fleet.forward(gamma, "alice", 22) as port,
        socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
    ):
        assert connection.recv(4) == b"SSH-"


def test_hosts_have_the_python_of_their_release(alpha: Host, gamma: Host, old_host: Host) -> None:
    versions = [host.run("python3 --version").stdout for host in (alpha, gamma, old_host)]

    assert [v.split()[1].rpartition(".")[0] for v in versions] == ["3.11", "3.13", "3.9"]


def test_every_host_has_the_stand_in_stata(fleet: Fleet) -> None:
    for host in fleet.hosts.values():
        host.run("echo 'display 6*7' >s.do; /usr/local/stata18/stata-mp -b do s.do", user="alice")
        assert b"\n42\n" in host.read("/home/alice/s.log")


def test_a_host_reaches_the_package_index(alpha: Host, gamma: Host, tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    install = "pip install --no-cache --target {} six"
    ours = subprocess.run([uv, "--system-certs", *install.format(tmp_path).split()], check=False)
    if ours.returncode:
        pytest.skip("this machine itself reaches no package index")

    for host in (alpha, gamma):
        host.copy_in(uv, "/usr/local/bin/uv", 0o755)
        host.run("uv " + install.format("six --python /usr/bin/python3"), user="bob")
        assert host.exists("/home/bob/six/six.py")


@pytest.mark.parametrize("ended_by", [None, signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_fleet(fleet_available: None, ended_by: signal.Signals | None) -> None:  # noqa: ARG001
    command = [sys.executable, "-c", ALONE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=TESTS, text=True, **pipes) as run:  # type: ignore[call-overload]
        number = int(run.stdout.readline())
        assert traces(number)
        if ended_by:
            run.send_signal(ended_by)
        else:
            run.communicate("\n")

    if ended_by == signal.SIGKILL:
        assert traces(number)
        claim.sweep()
    poll.until(lambda: not traces(number), f"all of fleet {number} is gone: {traces(number)}")


def traces(number: int) -> list[str]:
    """Whatever on this machine still bears the number's name."""
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    lines = tables.stdout.splitlines() + processes.stdout.splitlines()
    lines += Path("/proc/self/mountinfo").read_text().splitlines() + network.links()
    lines += map(str, Path("/sys/fs/cgroup").glob("**/stata-fleet-*"))
    lines += map(str, (images.cache() / "runs").iterdir())
    sign = re.compile(rf"(sfbr|sf|stata_fleet_|stata-fleet-|/runs/){number}(?!\d)")
    return [line for line in lines if sign.search(line)]
