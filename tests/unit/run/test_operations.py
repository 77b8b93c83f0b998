"""What each operation sends for the changes that it is given."""

import base64
import getpass
import json
from collections.abc import Callable
from typing import Any

from statafleet.changes.compare import compare
from statafleet.changes.kinds import Changes
from statafleet.desired.answers import Answers
from statafleet.desired.release import archive, release
from statafleet.run import operations
from statafleet.run.program import Program
from statafleet.sending import wheels
from statafleet.settings.model.packages import Index
from tests.unit.lab import HASH, answers_of, empty, lab


def first_run() -> tuple[Changes, Answers]:
    host = lab({"alice": {}})
    answers = answers_of(host)
    return compare(release(host, answers), empty(answers), answers), answers


def program(operation: Callable[..., Any], *arguments: Any, **named: Any) -> Program:
    """The one remote command of an operation."""
    (found,) = operation._inner(*arguments, **named)  # type: ignore[attr-defined]
    assert isinstance(found, Program)
    return found


def test_environments_are_built_in_one_command() -> None:
    changes, answers = first_run()
    tools = frozenset({f"uv-{wheels.uv_version()}"})

    made = program(operations.build, changes.environments, answers, tools, Index(), certificates=True)
    sent = made.payload()

    server, kernel = sent["environments"]
    assert sent["root"] == "/opt/stata-fleet"
    assert (server["id"], kernel["id"]) == tuple(change.environment.id for change in changes.environments)
    assert server["python"] == kernel["python"] == "/usr/bin/python3"
    assert "--hash=sha256:" in server["lock"]
    assert list(server["wheels"]) == list(wheels.host_wheel())
    assert kernel["wheels"] == {}
    assert "content" not in sent["uv"]


def test_a_release_is_sent_whole_with_who_sent_it() -> None:
    changes, answers = first_run()
    wanted = changes.releases[0].release

    sent = program(operations.switch, changes.releases, answers).payload()

    assert (sent["id"], sent["who"]) == (wanted.id, getpass.getuser())
    assert base64.b64decode(sent["archive"]) == archive(wanted)


def test_servers_are_served_in_one_command_in_the_order_of_the_changes() -> None:
    changes, answers = first_run()

    sent = program(operations.serve, changes.services, answers, "server-3.11-x").payload()

    assert sent["service"] == "systemd"
    assert sent["programs"] == "/opt/stata-fleet/environments/server-3.11-x/bin"
    assert [(step["do"], step["owner"]) for step in sent["steps"]] == [
        ("link", ""),
        ("link", "alice"),
        ("reload", ""),
        ("start", "alice"),
    ]


def test_everything_that_is_sent_can_be_sent() -> None:
    changes, answers = first_run()
    tools = frozenset({f"uv-{wheels.uv_version()}"})

    made = [
        program(operations.build, changes.environments, answers, tools, Index(), certificates=False),
        program(operations.switch, changes.releases, answers),
        program(operations.serve, changes.services, answers, "x"),
        program(operations.remove, "/opt/stata-fleet", "system", "auto"),
    ]

    assert all(json.loads(json.dumps(each.payload())) for each in made)
    assert [each.name for each in made] == ["build", "switch", "serve", "remove"]
    assert HASH not in repr(made)
