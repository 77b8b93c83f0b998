from statafleet.access import ssh
from statafleet.access.route import Route, find

ECON2 = "econ2.lab.example"


def test_the_administrators_account_and_key_are_not_used(routes: tuple[Route, ...]) -> None:
    words = ssh.carrying(find("alice@econ1.lab.example", routes, "carol"), "/tmp/s", ask=True)

    assert words[-4:] == ["-l", "alice", "--", "econ1.lab.example"]
    assert not [word for word in words if "admin" in word]


def test_the_hosts_own_port_and_a_socket_are_named(routes: tuple[Route, ...]) -> None:
    words = ssh.carrying(find(ECON2, routes, "carol"), "/tmp/s", ask=True)

    assert words[words.index("-L") + 1] == "/tmp/s:/run/stata-fleet/alice.sock"
    assert words[words.index("-p") + 1] == "2222"


def test_only_a_line_that_may_ask_can_use_the_terminal(routes: tuple[Route, ...]) -> None:
    assert "BatchMode=yes" in ssh.carrying(routes[0], "/tmp/s", ask=False)
    assert "BatchMode=yes" not in ssh.carrying(routes[0], "/tmp/s", ask=True)


def test_the_line_is_never_shared_with_the_users_other_connections(routes: tuple[Route, ...]) -> None:
    assert {"ControlMaster=no", "ControlPath=none", "RemoteCommand=none"} <= set(ssh.carrying(routes[0], "s", ask=True))


def test_the_command_by_hand_is_one_line_of_plain_ssh(routes: tuple[Route, ...]) -> None:
    assert ssh.shown(find("bob@econ1.lab.example", routes, "carol")) == (
        "ssh -N -T -o ExitOnForwardFailure=yes -o ServerAliveInterval=5 -o ServerAliveCountMax=3 "
        "-L localhost:24431:127.0.0.1:8889 bob@econ1.lab.example"
    )


def test_no_command_is_shown_where_none_is_needed(routes: tuple[Route, ...]) -> None:
    shown = ssh.shown(find("teach.lab.example", routes, "carol"))

    assert shown == "# alice@teach.lab.example: https://192.0.2.7:8888/ is reached without ssh"


def test_for_a_socket_of_this_computer_no_ssh_is_shown() -> None:
    route = Route("@local", "alice", "/run/stata-fleet/alice.sock", 20_000)

    assert ssh.shown(route) == "stata-fleet connect alice@@local"


def test_an_ipv6_address_loses_its_brackets() -> None:
    route = Route("[2001:db8::1]", "alice", "127.0.0.1:8888", 20_000)

    assert ssh.to(route)[-1] == "2001:db8::1"
