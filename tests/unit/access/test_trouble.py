import pytest

from statafleet.access import trouble

LASTING = [
    ("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.\n", "ssh-keygen -R econ1"),
    ("No ED25519 host key is known for econ1 and you have requested strict checking.\n", "compare the fingerprint"),
    ("alice@econ1: Permission denied (publickey,keyboard-interactive).\n", "does not let alice in"),
    ("Received disconnect from 192.0.2.1: Too many authentication failures\n", "does not let alice in"),
    ("/home/a/.ssh/config: line 3: Bad configuration option: hots\n", "the configuration of ssh on this computer"),
    ("ssh: Could not resolve hostname ecno1: Name or service not known\n", "no computer is called ecno1"),
]
PASSING = [
    ("ssh: connect to host econ1 port 22: Connection timed out\n", "the host does not answer"),
    ("ssh: connect to host econ1 port 22: Connection refused\n", "the host has no ssh open"),
    ("ssh: connect to host econ1 port 22: No route to host\n", "no network leads to the host"),
    ("ssh: Could not resolve hostname econ1: Temporary failure in name resolution\n", "this computer has no network"),
    ("Timeout, server econ1 not responding.\n", "the line dropped"),
    ("client_loop: send disconnect: Broken pipe\n", "the line dropped"),
    ("something new\n", "something new"),
    ("", "ssh ended"),
]


@pytest.mark.parametrize(("said", "told"), LASTING)
def test_what_no_new_try_would_mend_ends_the_tries(said: str, told: str) -> None:
    found = trouble.read(said, host="econ1", owner="alice", was_up=False)

    assert found.lasting
    assert told in found.what


@pytest.mark.parametrize(("said", "told"), PASSING)
def test_what_may_pass_is_tried_again(said: str, told: str) -> None:
    assert trouble.read(said, host="econ1", owner="alice", was_up=False) == trouble.Trouble(told)


def test_a_name_that_was_found_before_is_a_network_that_went_away() -> None:
    found = trouble.read("ssh: Could not resolve hostname econ1: x\n", host="econ1", owner="alice", was_up=True)

    assert found == trouble.Trouble("this computer has no network")


def test_a_changed_key_is_nothing_to_answer_yes_to() -> None:
    assert not trouble.read(LASTING[0][0], host="econ1", owner="alice", was_up=False).needs_person
    assert trouble.read(LASTING[1][0], host="econ1", owner="alice", was_up=False).needs_person


def test_a_jupyter_that_was_silent_is_not_taken_for_a_dead_sshd() -> None:
    said = "channel 2: open failed: connect failed: Connection refused\nTimeout, server econ1 not responding.\n"

    assert trouble.read(said, host="econ1", owner="alice", was_up=True).what == "the line dropped"


def test_an_sshd_that_forwards_nothing_is_told_from_a_silent_jupyter() -> None:
    forbidden = _open_failure("administratively prohibited: open failed")
    silent = _open_failure("connect failed: Connection refused")

    assert forbidden
    assert forbidden.lasting
    assert "AllowTcpForwarding" in forbidden.what
    assert silent == trouble.Trouble("signed in, but no Jupyter listens at 127.0.0.1:8888 there")


def _open_failure(said: str) -> trouble.Trouble | None:
    return trouble.open_failure(f"channel 2: open failed: {said}\n", host="econ1", target="127.0.0.1:8888")


def test_connect_and_the_guides_give_the_same_advice() -> None:
    found = trouble.read("a@h: Permission denied (publickey).\n", host="HOST", owner="OWNER", was_up=False)

    assert dict(trouble.remedies())["ssh says “Permission denied”"].endswith(found.what.partition(": ")[2] + ".")


def test_no_guide_shows_a_name_that_was_left_open() -> None:
    assert not set("{}") & set("".join(f"{seen} {do}" for seen, do in trouble.remedies()) + trouble.table())
