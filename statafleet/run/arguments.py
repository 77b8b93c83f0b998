"""What pyinfra was asked to do, as far as its inventory file has to know."""

from pathlib import Path
from typing import Any

import click

from statafleet.inventory.reads import ALL, NOTHING, PLAN, Reads

_PLANS = ("dry", "debug_facts", "debug_operations")
_DEPLOYS = Path(__file__).parent / "deploys"
# What puts no password on a host, by how pyinfra is told to do it.
_NEEDS = {
    "debug-inventory": NOTHING,
    "exec": NOTHING,
    "fact": NOTHING,
    str(_DEPLOYS / "remove.py"): NOTHING,
    str(_DEPLOYS / "verify.py"): PLAN,
}


def reads() -> Reads:
    """What the run needs of the controller's secrets."""
    first = "".join(words("operations")[:1])
    needed = _NEEDS.get(first) or _NEEDS.get(str(Path(first).absolute()))
    return needed or (PLAN if plan() else ALL)


def plan() -> bool:
    """Nothing will be done on any host."""
    return any(_parameters().get(name) for name in _PLANS)


def words(name: str) -> tuple[str, ...]:
    return tuple(_parameters().get(name) or ())


def _parameters() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    return context.params if context else {}
