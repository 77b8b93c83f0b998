"""One description of a service, which every service manager can turn into files of its own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from statafleet_sent.wire import Account

from statafleet.settings.model.jupyter import Limits


@dataclass(frozen=True)
class Service:
    """A program that is kept running for an account.

    `folders` are all that it sees of what the service manager hides; `credentials`, by name, are the files that it
    finds in the folder of its own credentials; `listens` is the address, or the path of the socket, that is held for
    it.
    """

    name: str
    owner: Account
    program: tuple[str, ...]
    variables: Mapping[str, str]
    folders: tuple[str, ...]
    credentials: Mapping[str, str]
    listens: str
    limits: Limits
    sealed: bool

    def showing(self, digests: Mapping[str, str]) -> "Service":
        """With what it is started from in its environment, where the next run finds it."""
        return replace(self, variables={**self.variables, **digests})
