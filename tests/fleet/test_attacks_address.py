"""A moment without the server: who can stand at its address, and what a visitor meets there."""

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from .attack import PLACE, Attack, ask, bring, under
from .fortress import Fortress
from .host import Host
from .poll import until

FILES = "/api/contents?content=0"
UNIT, SERVER = "/etc/systemd/system/stata-fleet@bob.socket", "stata-fleet@bob.service"
STOPPED = {
    "stopped": f"systemctl stop {SERVER}",
    "killed": f"kill -9 $(systemctl show -P MainPID {SERVER})",
    "restarted again and again": f"for i in 1 2 3 4; do systemctl restart {SERVER}; done",
}
LINKS = "/etc/systemd/system/multi-user.target.wants/stata-fleet@alice.*"
# Where Debian has its cron, which runs people's `@reboot` jobs.
CRON = f"""\
[Unit]
After=remote-fs.target nss-user-lookup.target
[Service]
User=mallory
ExecStart=/bin/sh {PLACE}/at_boot
[Install]
WantedBy=multi-user.target
"""
AT_BOOT = f"""\
cd /var/tmp
(echo '{json.dumps({"port": 8888, "seconds": 3})}'; sleep 8) | python3 {PLACE}/stand_in.py >seen.tmp
mv seen.tmp seen
"""


def is_up(host: Host, owner: str) -> bool:
    socket = f"/var/lib/stata-fleet/{owner}/run/probe.sock"
    return ask(host, "root", socket, "/api", "X-Stata-Fleet-Probe=1") == "200"


@pytest.fixture
def bob_binds_for_himself(fortress: Fortress) -> Iterator[Host]:
    """His server as it was before systemd held its port."""
    host = fortress.fort
    host.run(f"systemctl stop stata-fleet@bob.socket {SERVER}; mv {UNIT} /root; systemctl daemon-reload")
    host.run(f"systemctl start {SERVER}")
    until(lambda: is_up(host, "bob"), "bob's server is up", 60)
    yield host
    host.run(f"systemctl stop {SERVER}; mv /root/stata-fleet@bob.socket {UNIT}; systemctl daemon-reload")
    host.run(f"systemctl start stata-fleet@bob.socket {SERVER}")
    until(lambda: is_up(host, "bob"), "bob's server is up", 60)


def test_a_neighbour_takes_the_session_of_a_server_that_binds_its_port_for_itself(
    fortress: Fortress, bob_binds_for_himself: Host
) -> None:
    """The control."""
    host = bob_binds_for_himself
    with fortress.visit("bob") as bob, under(fortress.fleet, host, "stand_in", {"port": 8889, "seconds": 3}) as attack:
        fortress.sign_in(bob, "bob")
        host.run(f"systemctl restart {SERVER}")
        until(lambda: attack.lines, "mallory has the port")
        with suppress(requests.RequestException):
            bob.get(FILES[1:])
        (host_name, cookies), *_ = attack.end()["sessions"]
    until(lambda: is_up(host, "bob"), "bob's server is up again", 60)

    assert ask(host, "mallory", "127.0.0.1:8889", FILES, f"Host={host_name}") == "403"
    assert ask(host, "mallory", "127.0.0.1:8889", FILES, f"Host={host_name}", f"Cookie={cookies}") == "200"


def test_nobody_stands_in_for_a_server_and_whoever_asks_meanwhile_waits_for_it(fortress: Fortress) -> None:
    host = fortress.fort
    with under(fortress.fleet, host, "stand_in", {"port": 8889, "seconds": 3}) as attack:
        for harm in STOPPED.values():
            host.run(harm)
            assert ask(host, "mallory", "127.0.0.1:8889", "/api") == "200", harm
        nobody_came_in(attack)


def nobody_came_in(attack: Attack) -> None:
    report = attack.end()
    assert report["taken"] == 0
    assert report["tries"] > 100


@pytest.fixture
def mallorys_cron(fortress: Fortress) -> Iterator[Host]:
    """A host whose boot starts mallory's program as Debian's cron would."""
    host = fortress.keep
    bring(host, "stand_in")
    host.write(f"{PLACE}/at_boot", AT_BOOT.encode())
    host.write("/etc/systemd/system/cron.service", CRON.encode())
    host.run("systemctl daemon-reload; systemctl enable cron.service")
    yield host
    host.run("systemctl disable cron.service; rm /etc/systemd/system/cron.service; systemctl daemon-reload")
    until(lambda: is_up(host, "alice"), "alice's server is up", 60)


def test_a_servers_port_is_held_before_anybodys_program_runs_at_boot(mallorys_cron: Host) -> None:
    host = mallorys_cron
    held = tries_at_boot(host)
    host.run(f"mkdir /root/links; mv {LINKS} /root/links")
    try:
        free = tries_at_boot(host)
    finally:
        host.run("mv /root/links/* /etc/systemd/system/multi-user.target.wants; rmdir /root/links")
        host.run("systemctl daemon-reload; systemctl start stata-fleet@alice")

    assert "ordering cycle" not in host.journal()
    assert (held["taken"], held["tries"] > 100) == (0, True)
    assert free["taken"] > 0


def tries_at_boot(host: Host) -> dict[str, int]:
    host.run("rm -f /var/tmp/seen")
    host.reboot()
    until(lambda: host.exists("/var/tmp/seen"), "mallory's program has ended", 60)
    report: dict[str, int] = json.loads(host.read("/var/tmp/seen").splitlines()[-1])
    return report
