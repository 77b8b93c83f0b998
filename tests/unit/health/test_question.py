"""What the gate asks of each server."""

from typing import Any

from statafleet_host.probe.task import Task
from statafleet_sent.wire import GateQuestion

from statafleet.desired.release import release
from statafleet.health import question as questions
from tests.unit.lab import CONSOLE, answers_of, lab


def question(own: dict[str, Any] | None = None, *owners: str, stata: str = CONSOLE) -> GateQuestion:
    host = lab({"alice": own or {}, "bob": {"port": 8889}})
    answers = answers_of(host, stata=stata)
    return questions.question(release(host, answers), answers, owners or ("alice", "bob"), lease=None)


def task(own: dict[str, Any] | None = None, **known: Any) -> Task:
    return question(own, **known).probes["alice"]


def test_every_server_is_probed_with_the_servers_own_python() -> None:
    asked = question()

    assert list(asked.probes) == ["alice", "bob"]
    assert asked.python.startswith("/opt/stata-fleet/environments/server-3.11-")
    assert asked.python.endswith("/bin/python")


def test_only_the_servers_that_are_named_are_asked() -> None:
    assert list(question(None, "bob").probes) == ["bob"]


def test_a_server_is_asked_at_its_address() -> None:
    asked = task({"port": 9000, "base_url": "/alice/"})

    assert asked.url == "http://127.0.0.1:9000/alice/"
    assert asked.listen == ("127.0.0.1:9000",)
    assert (asked.kernel, asked.stata_path) == ("stata", CONSOLE)
    assert asked.probe_socket == "/var/lib/stata-fleet/alice/run/probe.sock"


def test_without_stata_no_kernel_is_asked_for() -> None:
    asked = task(stata="")

    assert (asked.kernel, asked.stata_path) == (None, None)


def test_a_server_on_a_socket_must_listen_on_no_port() -> None:
    asked = task({"bind": "socket"})

    assert (asked.url, asked.listen) == (None, ())
    assert asked.socket == "/run/stata-fleet/alice.sock"
