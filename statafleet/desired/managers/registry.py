"""The service managers by name: a new one is a module beside this, a line here, and one in the settings' table."""

from collections.abc import Mapping

from statafleet.desired.managers.manager import Manager
from statafleet.desired.managers.supervisor import Supervisor
from statafleet.desired.managers.systemd import Systemd
from statafleet.layout import Layout

MANAGERS: Mapping[str, type[Manager]] = {"systemd": Systemd, "supervisor": Supervisor}


def manager(layout: Layout) -> Manager:
    """The one of this host."""
    return MANAGERS[layout.manager](layout)
