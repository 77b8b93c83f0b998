"""The `inventory.py` of a project that has none: the hosts of the folder in which pyinfra runs."""

from statafleet.run.entry import groups_here as _groups_here

globals().update(_groups_here())
