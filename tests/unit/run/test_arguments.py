"""What a run of pyinfra needs of the controller's secrets, by how it was started."""

from typing import Any

import click
import pytest

from statafleet.cli.pyinfra_process import DEPLOYS
from statafleet.inventory.reads import ALL, NOTHING, PLAN, Reads
from statafleet.run import arguments

VERIFY, REMOVE = str(DEPLOYS / "verify.py"), str(DEPLOYS / "remove.py")


@pytest.mark.parametrize(
    ("operations", "options", "needed"),
    [
        (("deploy.py",), {}, ALL),
        (("deploy.py", "more.py"), {"yes": True, "dry": False}, ALL),
        ((VERIFY,), {"yes": True}, PLAN),
        ((VERIFY, "deploy.py"), {"yes": True}, ALL),
        ((REMOVE, "deploy.py"), {"yes": True}, ALL),
        (("deploy.py",), {"dry": True}, PLAN),
        (("deploy.py",), {"debug_operations": True}, PLAN),
        (("deploy.py",), {"debug_facts": True, "yes": True}, PLAN),
        ((REMOVE,), {"yes": True}, NOTHING),
        (("debug-inventory",), {}, NOTHING),
        (("exec", "id"), {}, NOTHING),
        (("fact", "server.Users"), {"dry": True}, NOTHING),
    ],
)
def test_passwords_are_read_only_for_a_run_that_may_put_one_on_a_host(
    operations: tuple[str, ...], options: dict[str, Any], needed: Reads
) -> None:
    """The names are those of pyinfra's own parameters; tests/wiring runs it."""
    with click.Context(click.Command("pyinfra")) as context:
        context.params = {"operations": operations, **options}

        assert arguments.reads() == needed


def test_without_pyinfras_command_line_everything_is_read() -> None:
    assert arguments.reads() == ALL
