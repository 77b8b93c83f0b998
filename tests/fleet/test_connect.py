"""`stata-fleet connect` and what it leaves to ssh, on real hosts with a real ssh."""

import signal
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .host import Host
from .installed import Installed
from .poll import until
from .project import Project
from .visit import Visit, give_ssh, visit


def test_three_servers_are_up_at_once_each_on_its_own_port(installed: Installed) -> None:
    with visit(installed.project, "--json", "alice@alpha", "beta", "bob@alpha") as connect:
        until(lambda: len(connect.events) == 3, "three servers are up")
        events = connect.events
        pages = [page(event["url"]) for event in events]

        assert connect.end() == 0

    assert [set(event) for event in events] == [{"event", "host", "owner", "url"}] * 3
    assert len({event["url"] for event in events}) == 3
    assert all("Jupyter" in each for each in pages)


def test_a_line_that_is_cut_comes_back_on_the_same_port(installed: Installed, alpha: Host) -> None:
    with visit(installed.project, "--json", "--no-browser", "alice@alpha") as connect:
        first = connect.sees("up", "alpha")
        hang_up(alpha, "alice")
        connect.sees("down", "alpha")
        # A tab that asks in between waits for the line, instead of being told of an error.
        assert "Jupyter" in page(first["url"])

        assert connect.sees("up", "alpha", times=2)["url"] == first["url"]


def test_nobody_can_take_the_port_while_the_host_is_away(installed: Installed, gamma: Host) -> None:
    with visit(installed.project, "--json", "--no-browser", "gamma") as connect:
        port = port_of(connect.sees("up", "gamma")["url"])
        with gamma.without_network():
            connect.sees("down", "gamma", seconds=90)
            for address in ("127.0.0.1", "::1"):
                with pytest.raises(OSError, match="in use"):
                    listener(port, address)

        connect.sees("up", "gamma", times=2, seconds=90)


def test_a_port_that_is_taken_gives_way_to_the_next_and_says_so(installed: Installed) -> None:
    wanted = port_of(installed.project.cli("connect", "--print", "beta").stdout.split(" -L ")[1])
    with listener(wanted), visit(installed.project, "--no-browser", "beta") as connect:
        until(lambda: f"http://alice-beta.localhost:{wanted + 1}/" in connect.said, "the next port is used")

        assert f"port {wanted} is taken on this computer; {wanted + 1} instead" in connect.said


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_ssh_is_left_behind(installed: Installed, by: signal.Signals) -> None:
    with visit(installed.project, "--no-browser", "beta", "gamma") as connect:
        until(lambda: connect.said.count(" up ") == 2, "both are up")
        children = children_of(connect)

        assert connect.end(by) == 0

    assert len(children) == 2
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert "Traceback" not in connect.said


def test_the_printed_command_is_an_ssh_that_carries_the_page(installed: Installed) -> None:
    give_ssh(installed.project)
    command = installed.project.cli("connect", "--print", "bob@alpha").stdout

    with subprocess.Popen(["sh", "-c", f"exec {command}"], env=installed.project.variables()) as line:
        port = port_of(command.split(" -L ")[1])
        text = until(lambda: page_or_none(f"http://bob-alpha.localhost:{port}/"), "the page answers")
        for address in ("127.0.0.1", "::1"):
            with pytest.raises(OSError, match="in use"):
                listener(port, address)
        line.terminate()

    assert "Jupyter" in text


def test_whom_the_host_does_not_know_is_given_up_at_once(installed: Installed, beta: Host) -> None:
    keys = "/home/alice/.ssh/authorized_keys"
    beta.run(f"mv {keys} {keys}.away")
    try:
        with visit(installed.project, "--json", "--no-browser", "beta") as connect:
            connect.sees("error", "beta")
            assert connect.ended() == 1
    finally:
        beta.run(f"mv {keys}.away {keys}")
    assert "the host does not let alice in" in connect.said


def test_a_host_with_another_key_is_given_up_and_the_others_go_on(installed: Installed, alpha: Host) -> None:
    with other_key(installed, alpha), visit(installed.project, "--no-browser", "alice@alpha", "gamma") as connect:
        until(lambda: "the host's key is not the one" in connect.said, "alpha is given up")
        until(lambda: "alice@gamma  up" in connect.said, "gamma is up")

        assert connect.end() == 1


def test_a_jupyter_that_is_down_is_waited_for(installed: Installed, gamma: Host) -> None:
    gamma.run("systemctl stop stata-fleet@alice.socket stata-fleet@alice.service")
    with visit(installed.project, "--no-browser", "gamma") as connect:
        until(lambda: "no Jupyter listens at 127.0.0.1:8888" in connect.said, "it is said what is missing")
        gamma.run("systemctl start stata-fleet@alice")

        until(lambda: " up " in connect.said, "the page is up")


def test_a_server_on_a_socket_is_reached_the_same_way(installed: Installed, gamma: Host) -> None:
    project = installed.project
    with settings(installed, "gamma", "jupyter: {bind: socket}\n"):
        assert gamma.exists("/run/stata-fleet/alice.sock")
        with visit(project, "--json", "--no-browser", "gamma") as connect:
            assert "Jupyter" in page(connect.sees("up", "gamma")["url"])

        refused = project.cli("access", "--format", "mobaxterm", "gamma")
        assert refused.returncode == 1
        assert "MobaXterm forwards to TCP ports only" in refused.stdout


def test_an_unknown_host_and_an_unclear_one_are_named_with_their_choices(installed: Installed) -> None:
    unknown = installed.project.cli("connect", "econ9")
    unclear = installed.project.cli("connect", "alpha")

    assert unknown.stdout == "econ9: no such host; the inventory has: alpha, beta, gamma\n"
    assert "write one of: alice@alpha, bob@alpha" in unclear.stdout
    assert (unknown.returncode, unclear.returncode) == (1, 1)


def test_nobody_is_asked_for_passwords_to_connect(installed: Installed) -> None:
    kept = installed.project.environment.pop("LAB_PASSWORD")
    try:
        assert installed.project.cli("connect", "--print", "beta").returncode == 0
        assert installed.project.cli("access").returncode == 0
    finally:
        installed.project.environment["LAB_PASSWORD"] = kept


def test_the_installed_names_open_the_page_with_ssh_alone(installed: Installed) -> None:
    project, config = installed.project, installed.project.home / ".ssh/config"
    give_ssh(project)
    before = config.read_bytes()
    # The tests' ssh reads this home's configuration, while `~` in it is the account's.
    assert project.cli("ssh-config", "--install").returncode == 0
    config.write_bytes(config.read_bytes().replace(b"~/.ssh", str(project.home / ".ssh").encode(), 1))

    parsed = dict(line.split(" ", 1) for line in ssh(project, "-G", "alice.beta.stata").splitlines())
    with subprocess.Popen(["ssh", "-N", "alice.beta.stata"], env=project.variables()) as line:
        url = f"http://alice-beta.localhost:{port_of(parsed['localforward'])}/"
        text = until(lambda: page_or_none(url), "the page answers")
        line.terminate()
    assert parsed["user"] == "alice"
    assert "Jupyter" in text

    config.write_bytes(config.read_bytes().replace(str(project.home / ".ssh").encode(), b"~/.ssh", 1))
    assert project.cli("ssh-config", "--remove").returncode == 0
    assert config.read_bytes() == before
    assert not (project.home / ".ssh/stata-fleet.conf").exists()


def page(url: str) -> str:
    """As a browser gets it, which finds every name below `localhost` by itself."""
    authority = url.split("/")[2]
    here = f"http://127.0.0.1:{authority.partition(':')[2]}/login"
    asked = urllib.request.Request(here, headers={"Host": authority, "Accept": "text/html"})
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return str(answer.read().decode())


def page_or_none(url: str) -> str | None:
    try:
        return page(url)
    except OSError:
        return None


def port_of(text: str) -> int:
    """Of the first address in it."""
    return int(text.removeprefix("http://").split(":")[1].split("/")[0].split()[0])


def listener(port: int, address: str = "127.0.0.1") -> socket.socket:
    return socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET)


def hang_up(host: Host, owner: str) -> None:
    host.run(f"pkill -u {owner} -f ^sshd")


def children_of(connect: Visit) -> list[int]:
    command = ["ps", "--ppid", str(connect.process.pid), "-o", "pid="]
    return [int(pid) for pid in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def ssh(project: Project, *words: str) -> str:
    done = subprocess.run(["ssh", *words], env=project.variables(), capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def other_key(installed: Installed, host: Host) -> Iterator[None]:
    """This computer knows the host by another key than it has."""
    known = installed.project.home / ".ssh/known_hosts"
    kept = known.read_text()
    other = next(each for each in installed.fleet.hosts.values() if each is not host)
    known.write_text(kept.replace(host.host_key, other.host_key))
    try:
        yield
    finally:
        known.write_text(kept)


@contextmanager
def settings(installed: Installed, host: str, text: str) -> Iterator[None]:
    """The host has these settings of its own, and after it what it had before."""
    project = installed.project
    file = project.group_data(host, text)
    try:
        deployed(project, host)
        yield
    finally:
        file.unlink()
        deployed(project, host)


def deployed(project: Project, host: str) -> None:
    done = project.pyinfra("-y", "--limit", host)
    assert done.returncode == 0, done.stdout
