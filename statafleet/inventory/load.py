"""From the project's folder to the fleet, or to every problem of every file at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from statafleet.errors import SettingsError
from statafleet.inventory import extra_packages, files, hosts, reading, untrusted
from statafleet.inventory.checks import checks
from statafleet.inventory.fleet import Fleet
from statafleet.inventory.reads import ALL
from statafleet.secrets import certificates, sources
from statafleet.settings.problems.problem import in_file_order, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from statafleet.inventory.reads import Reads


def load(
    folder: Path,
    *,
    account: str,
    overrides: Sequence[str] = (),
    inventory: Path | None = None,
    reads: Reads = ALL,
) -> Fleet:
    """The fleet that `folder` describes; raises `SettingsError`.

    `account` owns the servers of hosts that name none, `overrides` are pyinfra's `--data`, and
    `inventory`, a file or a folder, stands for `inventory/`.
    """
    read = reading.read(files.Place(folder.absolute(), inventory, reads.trusted_only), overrides)
    made = [hosts.make(name, layer.node, read.layers(name), account) for name, layer in read.hosts.items()]
    refused = [problem for host in made for problem in untrusted.problems(host)] if reads.trusted_only else []
    find = sources.read_all if reads.passwords and not refused else sources.unread
    passwords, unreadable = find(made, read.folder_of)
    tls, unusable = certificates.read_all(made if reads.keys else ())
    packages, missing = extra_packages.read_all(made)
    across = [problem for host in made for problem in checks(host, read.hosts)]
    found = [*read.problems, *refused, *across, *unreadable, *unusable, *missing]
    problems = in_file_order(found, list(read.folders))
    if problems:
        raise SettingsError(report(problems, list(read.folders)))
    return Fleet(tuple(host.settings(packages[host.name]) for host in made), passwords, tls)
