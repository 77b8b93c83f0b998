"""systemd: a template unit, and for each service a drop-in and a socket.

It reads the first two through links into the release. A socket's unit is copied, while its service is stopped: at a
reload systemd closes what a unit no longer names.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from typing_extensions import override

from statafleet.desired import templates
from statafleet.desired.files import File
from statafleet.desired.managers.manager import Manager
from statafleet.desired.service import Service
from statafleet.settings.model.jupyter import Limits

TEMPLATE = "stata-fleet@.service"


class Systemd(Manager):
    @override
    def credentials(self, name: str) -> str:
        """systemd copies them into a folder of its own, for the service alone."""
        return f"/run/credentials/{unit(name)}"

    @override
    def starts(self, service: Service) -> str:
        return templates.render(TEMPLATE) + drop_in(service)

    @override
    def socket(self, service: Service) -> File:
        text = templates.render("server.socket", service=service)
        return File(f"units/{unit(service.name).replace('.service', '.socket')}", text)

    @override
    def files(self, services: Sequence[Service]) -> list[File]:
        own = [File(f"units/{unit(service.name)}.d/server.conf", drop_in(service)) for service in services]
        return [File(f"units/{TEMPLATE}", templates.render(TEMPLATE)), *own, *map(self.socket, services)]

    @override
    def links(self, names: Iterable[str]) -> dict[str, str]:
        units = f"{self.layout.root}/current/units"
        return {"": f"{units}/{TEMPLATE}", **{name: f"{units}/{unit(name)}.d" for name in names}}


def unit(name: str) -> str:
    return TEMPLATE.replace("@", f"@{name}")


def drop_in(service: Service) -> str:
    return templates.render("server.conf", template=TEMPLATE, service=service, **limits(service.limits))


def limits(wanted: Limits) -> dict[str, Any]:
    """As systemd says them."""
    percent = round(wanted.cpus * 100) if wanted.cpus else None
    return {"memory": wanted.memory, "cpu_percent": percent, "tasks": wanted.tasks}
