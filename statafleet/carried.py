"""What the project carries besides its code: templates, locks, the host wheel's sources, the demo's project.

In a checkout they lie at its top; in an installed wheel beside this module.
"""

from pathlib import Path

_CHECKOUT = Path(__file__).parent.parent
_CARRIED = Path(__file__).parent / "_project"


def folder(name: str) -> Path:
    """`templates`, `locks`, `host`, `demo`, or `deploy.py`."""
    return (_CARRIED if _CARRIED.is_dir() else _CHECKOUT) / name
