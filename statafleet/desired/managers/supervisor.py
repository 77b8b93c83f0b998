"""supervisor: one supervisord of our own, run by the account that owns everything."""

from collections.abc import Iterable, Sequence

from typing_extensions import override

from statafleet.desired import templates
from statafleet.desired.files import File
from statafleet.desired.managers.manager import Manager
from statafleet.desired.service import Service


class Supervisor(Manager):
    @override
    def credentials(self, name: str) -> str:
        """The release's own folder: what is in it belongs to the account already."""
        return self.layout.secrets(name)

    @override
    def starts(self, service: Service) -> str:
        # supervisord hands on its own HOME, whoever the service belongs to.
        variables = {"HOME": service.owner.home, **service.variables}
        return templates.render("program.conf", service=service, variables=variables, run=self.run)

    @override
    def socket(self, service: Service) -> None:
        """None: supervisor 4.3 closes the socket of an `fcgi-program` with its last process."""

    @override
    def files(self, services: Sequence[Service]) -> list[File]:
        account = services[0].owner.name if services else ""
        head = templates.render("supervisord.conf", run=self.run, account=account)
        return [File("supervisord.conf", head + "".join(map(self.starts, services)))]

    @override
    def links(self, names: Iterable[str]) -> dict[str, str]:
        """None: it is told where its file lies."""
        return {}

    @property
    def run(self) -> str:
        return f"{self.layout.root}/run"
