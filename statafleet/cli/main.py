"""stata-fleet: what pyinfra has no word for.

Each command parses, calls one room, renders, and gives its exit status.
"""

import getpass
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from statafleet.cli import access, door, pyinfra_process
from statafleet.cli.which import told_project
from statafleet.desired.release import release
from statafleet.errors import StataFleetError
from statafleet.inventory.reads import NOTHING
from statafleet.inventory.sharing import shared
from statafleet.observed import survey
from statafleet.report.words import line
from statafleet.secrets.secret import Clear
from statafleet.settings.model.password import MOST_BYTES

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
access.add_to(app)


TrustedOnly = Annotated[bool, typer.Option("--trusted-only", help="Refuse whatever runs what the settings name.")]


@app.command()
def check(trusted_only: TrustedOnly = False) -> None:
    """Read the settings and name everything that is wrong with them; no host is asked, and no secret read."""
    fleet = told_project().fleet(reads=replace(NOTHING, trusted_only=trusted_only))
    for finding in shared(fleet):
        typer.secho(line(finding), fg="yellow", err=True)
    servers = sum(len(host.servers) for host in fleet.hosts)
    typer.echo(f"Hosts: {len(fleet.hosts)}, servers: {servers}. Nothing is wrong with the settings.")


@app.command()
def render(
    host: Annotated[str, typer.Argument(help="A host of the inventory.")],
    to: Annotated[Path, typer.Option(help="The folder to write to.")] = Path("rendered"),
    trusted_only: TrustedOnly = False,
) -> None:
    """Write what would be put on HOST into a folder, secrets masked, what only the host can tell imagined."""
    fleet = told_project().fleet(reads=replace(NOTHING, trusted_only=trusted_only))
    if host not in {known.name for known in fleet.hosts}:
        raise StataFleetError(f"{host}: no such host; there are: {', '.join(known.name for known in fleet.hosts)}")
    settings = fleet.host(host)
    folder = to.parent.resolve() / to.name / _inside(host)
    for file in release(settings, survey.imagined(settings)).files:
        path = folder / file.path
        if path.resolve() != path:
            raise StataFleetError(f"{path} leads elsewhere, by a link; take that away, or name another `--to`")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content)
    typer.echo(f"{to / _inside(host)}: what {host} would get, with its secrets masked and its homes and Stata imagined")


@app.command()
def verify(
    limit: Annotated[list[str] | None, typer.Option(help="A host or group, as for pyinfra.")] = None,
) -> None:
    """See that every server answers, that strangers are refused, and that a cell of Stata gives 2."""
    raise typer.Exit(pyinfra_process.run(told_project(), pyinfra_process.DEPLOYS / "verify.py", limit=limit or ()))


@app.command()
def remove(
    limit: Annotated[list[str] | None, typer.Option(help="A host or group, as for pyinfra.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every host of the inventory.")] = False,
) -> None:
    """Stop the servers and take away all that was put on the hosts; the owners' own files stay."""
    if not limit and not everything:
        raise StataFleetError("name the hosts with `--limit HOST`, or say `--all`")
    raise typer.Exit(pyinfra_process.run(told_project(), pyinfra_process.DEPLOYS / "remove.py", limit=limit or ()))


@app.command("hash-password")
def hash_password() -> None:
    """Ask for a password twice and print its hash for `password: {hash: …}`."""
    first = getpass.getpass("Password: ")
    if not first or len(first.encode()) > MOST_BYTES:
        raise StataFleetError(f"a password has from 1 to {MOST_BYTES} bytes; this one has {len(first.encode())}")
    if getpass.getpass("Again: ") != first:
        raise StataFleetError("the two are not the same; nothing was printed")
    typer.echo(Clear(first).hashed().reveal())


def _inside(host: str) -> Path:
    """The host's name as a path that stays below the folder that it is put into: `@chroot/../x` is a name too."""
    return Path(*("%2E%2E" if part == ".." else part for part in Path(host).parts))


def main() -> None:
    door.enter(app)
