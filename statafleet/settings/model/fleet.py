"""What a user may write about hosts, and the settings of each that come of it."""

from __future__ import annotations

from typing import Annotated

from statafleet_sent.wire import Scope  # noqa: TC002 - pydantic reads it

from statafleet.settings.model.fields import CONTROLLER_PATH, EmptyIsNothing, Line, Settings, setting
from statafleet.settings.model.jupyter import Jupyter
from statafleet.settings.model.names import GroupName, HostName, Owner  # noqa: TC001 - pydantic reads them
from statafleet.settings.model.packages import ExtraPackages, Index, Packages
from statafleet.settings.model.service_managers import Service, ServiceManager, chosen
from statafleet.settings.model.stata import AutoOrPath, Stata


class Ssh(Settings):
    user: Owner | None = setting(
        None,
        "The account to connect as; without it, what ssh would choose.",
        allowed="the name of a Unix account",
        example="admin",
    )
    port: int = setting(
        22,
        "The port that the host's sshd listens on.",
        allowed="a whole number from 1 to 65535",
        example=2222,
        ge=1,
        le=65535,
    )
    key: Line | None = setting(
        None,
        "The private key to connect with, on the controller.",
        allowed=CONTROLLER_PATH,
        example="~/.ssh/lab",
    )


class GroupData(Settings):
    """What any layer may set."""

    scope: Scope = setting(
        "system",
        "For the whole host (root or sudo), or for one account alone with no privileges at all.",
        allowed="system, user",
        example="user",
    )
    service: Service = setting(
        "auto",
        "What keeps the servers running.",
        allowed="auto, systemd, systemd-user, supervisor",
        example="supervisor",
    )
    python: AutoOrPath = setting(
        "auto",
        "The host's Python, 3.10 or newer; root starts none that another account can change.",
        allowed="auto, or an absolute path on the host",
        example="/usr/bin/python3.12",
    )
    servers: Annotated[dict[Owner, Jupyter], EmptyIsNothing] = setting(
        {},
        "One Jupyter server for each account, with keys of `jupyter` of its own. "
        "Without it: one, of the account we connect as.",
        allowed="a map of Unix accounts",
        example={"alice": {}, "bob": {"directory": "/data/bob"}},
    )
    jupyter: Jupyter = setting(
        Jupyter(),
        "What every server has in common.",
        allowed="a map of settings of Jupyter",
        example={"interface": "lab"},
    )
    stata: Stata = setting(
        Stata(),
        "Stata and the kernel that runs it.",
        allowed="a map with any of: path, kernel, settings",
        example={"path": "/usr/local/stata18/stata-mp"},
    )
    index: Index = setting(
        Index(),
        "Where the host gets its packages.",
        allowed="a map with any of: url, ca_bundle, proxy, wheelhouse",
        example={"url": "https://packages.example.edu/simple"},
    )
    packages: Packages = setting(
        Packages(),
        "Extra packages, from locks of your own.",
        allowed="a map with any of: server, kernel",
        example={"server": "locks/server.txt"},
    )


class HostEntry(GroupData):
    """What one host's entry may say."""

    groups: Annotated[tuple[GroupName, ...], EmptyIsNothing] = setting(
        (),
        "The host's groups; a later group's data wins over an earlier one's.",
        allowed="a list of names",
        example=["compute"],
        strict=False,
    )
    ssh: Ssh = setting(
        Ssh(),
        "How the host is reached.",
        allowed="a map with any of: user, port, key",
        example={"user": "admin"},
    )
    sudo: bool = setting(
        False,
        "Whether the account we connect as becomes root through sudo, which must ask it for no password.",
        allowed="true, false",
        example=True,
    )


class InventoryFile(Settings):
    hosts: Annotated[dict[HostName, HostEntry], EmptyIsNothing] = setting(
        {},
        "Every host, by the name that pyinfra connects to.",
        allowed="a map of hosts",
        example={"econ1.lab.example": {"groups": ["compute"]}},
    )


class ServerSettings(Settings):
    """One Jupyter server: the host's `jupyter`, with what this owner's entry says on top."""

    owner: str
    jupyter: Jupyter


class HostSettings(Settings):
    name: str
    groups: tuple[str, ...]
    ssh: Ssh
    sudo: bool
    scope: Scope
    service: Service
    python: str
    stata: Stata
    index: Index
    packages: ExtraPackages
    servers: tuple[ServerSettings, ...]

    @property
    def manager(self) -> ServiceManager:
        return chosen(self.scope, self.service)

    def server(self, owner: str) -> ServerSettings:
        return next(server for server in self.servers if server.owner == owner)
