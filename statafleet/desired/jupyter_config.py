"""One server's jupyter_notebook_config.py."""

from statafleet.desired import templates
from statafleet.desired.answers import Answers
from statafleet.secrets.secret import Hash, Token
from statafleet.settings.model.fleet import ServerSettings
from statafleet.settings.model.jupyter import LOOPBACK, SOCKET

CERTIFICATE, KEY = "tls.crt", "tls.key"


def config(host: str, server: ServerSettings, answers: Answers) -> str:
    jupyter, account = server.jupyter, answers.accounts[server.owner]
    secret = answers.secrets[server.owner]
    credentials, by_systemd = answers.layout.credentials(server.owner), answers.layout.manager == "systemd"
    return templates.render(
        "jupyter_notebook_config.py",
        host=host,
        owner=server.owner,
        ip=LOOPBACK if jupyter.bind == SOCKET else jupyter.bind,
        socket=answers.layout.socket(server.owner) if jupyter.bind == SOCKET else "",
        certificate=f"{credentials}/{CERTIFICATE}" if jupyter.tls else "",
        key=f"{credentials}/{KEY}" if jupyter.tls else "",
        port=jupyter.port,
        base_url=jupyter.base_url,
        directory=directory(jupyter.directory, account.home),
        allow_root=account.uid == 0,
        hashed_password=secret.reveal() if isinstance(secret, Hash) else "",
        token=secret.reveal() if isinstance(secret, Token) else "",
        # Under systemd the runtime folder, where Jupyter would keep it, goes with each stop.
        cookie_secret_file=f"{answers.layout.state(server.owner)}/cookie-secret" if by_systemd else "",
        throttle_file=f"{answers.layout.state(server.owner)}/sign-in.json",
        probe_socket=f"{answers.layout.runtime(server.owner)}/probe.sock",
        probe_by_owner=answers.layout.scope == "user",
        cull_kernels_after=jupyter.idle.seconds,
        extra=jupyter.extra,
    )


def directory(wanted: str, home: str) -> str:
    """An absolute folder; `~` is the owner's home."""
    return home + wanted[1:] if wanted == "~" or wanted.startswith("~/") else wanted
