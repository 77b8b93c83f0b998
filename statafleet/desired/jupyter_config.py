"""One server's jupyter_server_config.py."""

from typing import Any

from statafleet.desired import templates
from statafleet.desired.answers import Answers
from statafleet.desired.managers.registry import manager
from statafleet.settings.model.fleet import ServerSettings
from statafleet.settings.model.jupyter import Jupyter
from statafleet.settings.model.listening import LOOPBACK, Socket
from statafleet.settings.model.own_name import own_name

CERTIFICATE, KEY = "tls.crt", "tls.key"
# The password's hash, or the token.
KEPT = "secret"


def config(host: str, server: ServerSettings, answers: Answers) -> str:
    jupyter, account, layout = server.jupyter, answers.accounts[server.owner], answers.layout
    return templates.render(
        "jupyter_server_config.py",
        host=host,
        owner=server.owner,
        base_url=jupyter.base_url,
        # With TLS, browsers go to a name that the certificate is for.
        host_name="" if jupyter.tls else own_name(server.owner, host),
        directory=directory(jupyter.directory, account.home),
        allow_root=account.uid == 0,
        # In `scope: system` the runtime folder, where Jupyter would keep it, is emptied at each start.
        cookie_secret_file=f"{layout.state(server.owner)}/cookie-secret" if layout.scope == "system" else "",
        throttle_file=f"{layout.state(server.owner)}/sign-in.json",
        probe_socket=layout.probe_socket(server.owner),
        probe_by_owner=layout.scope == "user",
        cull_kernels_after=jupyter.idle.seconds,
        extra=jupyter.extra,
        **listening(jupyter, layout.socket(server.owner)),
        secret_file=KEPT,
        **tls(jupyter, manager(layout).credentials(server.owner)),
    )


def listening(jupyter: Jupyter, socket: str) -> dict[str, Any]:
    at = jupyter.listening
    if isinstance(at, Socket):
        return {"ip": LOOPBACK, "port": None, "socket": socket}
    return {"ip": at.address, "port": at.number, "socket": ""}


def tls(jupyter: Jupyter, credentials: str) -> dict[str, str]:
    names = {"certificate": CERTIFICATE, "key": KEY}
    return {what: f"{credentials}/{name}" if jupyter.tls else "" for what, name in names.items()}


def directory(wanted: str, home: str) -> str:
    """An absolute folder; `~` is the owner's home."""
    return home + wanted[1:] if wanted == "~" or wanted.startswith("~/") else wanted
