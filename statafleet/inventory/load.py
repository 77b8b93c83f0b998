"""From the project's folder to the fleet, or to every problem of every file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.errors import SettingsError
from statafleet.inventory import extra_packages, hosts, reading
from statafleet.inventory.checks import checks
from statafleet.inventory.fleet import Fleet
from statafleet.secrets import certificates, sources
from statafleet.settings.problems.problem import in_file_order, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def load(
    folder: Path,
    *,
    account: str,
    overrides: Sequence[str] = (),
    inventory: Path | None = None,
    passwords: bool = True,
) -> Fleet:
    """The fleet that `folder` describes; raises `SettingsError`.

    `account` owns the servers of hosts that name none, `overrides` are pyinfra's `--data`, and
    `inventory`, a file or a folder, stands for `inventory/`. Without `passwords` no secret is read.
    """
    read = reading.read(folder.absolute(), inventory, overrides)
    made = [hosts.make(name, layer.node, read.layers(name), account) for name, layer in read.hosts.items()]
    in_clear, unreadable = sources.read_all(made if passwords else (), read.folder_of)
    tls, unusable = certificates.read_all(made if passwords else ())
    packages, missing = extra_packages.read_all(made)
    across = [problem for host in made for problem in checks(host, read.hosts)]
    problems = in_file_order([*read.problems, *across, *unreadable, *unusable, *missing], list(read.folders))
    if problems:
        raise SettingsError(report(problems, list(read.folders)))
    return Fleet(tuple(host.settings(packages[host.name]) for host in made), in_clear, tls)
