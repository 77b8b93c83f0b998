"""What pyinfra was asked to do, as far as its inventory file has to know."""

from pathlib import Path
from typing import Any

import click

from statafleet.inventory.reads import ALL, NOTHING, PLAN, Reads

_PLANS = ("dry", "debug_facts", "debug_operations")
_DEPLOYS = Path(__file__).parent / "deploys"
# What puts no password on a host: pyinfra's own words, which come first, and deploys of ours.
_WORDS = ("debug-inventory", "exec", "fact")
_NEEDS = {
    str(_DEPLOYS / "remove.py"): NOTHING,
    str(_DEPLOYS / "verify.py"): PLAN,
}


def reads() -> Reads:
    """What the run needs of the controller's secrets."""
    asked = words("operations")
    if asked and asked[0] in _WORDS:
        return NOTHING
    # pyinfra runs several deploys one after the other, and one of ours may come before another.
    needed = _NEEDS.get(str(Path(asked[0]).absolute())) if len(asked) == 1 else None
    return needed or (PLAN if plan() else ALL)


def plan() -> bool:
    """Nothing will be done on any host."""
    return any(_parameters().get(name) for name in _PLANS)


def words(name: str) -> tuple[str, ...]:
    return tuple(_parameters().get(name) or ())


def _parameters() -> dict[str, Any]:
    context = click.get_current_context(silent=True)
    return context.params if context else {}
