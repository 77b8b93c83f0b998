"""What starts the servers: systemd's units, or supervisor's configuration."""

from collections.abc import Sequence
from typing import Any

from statafleet.desired import templates
from statafleet.desired.answers import Answers
from statafleet.desired.jupyter_config import CERTIFICATE, KEY, directory
from statafleet.settings.model.fleet import Limits, ServerSettings
from statafleet.settings.model.jupyter import ON_HOST


def program(server: ServerSettings, environment: str) -> str:
    name = "jupyter-lab" if server.jupyter.interface == "lab" else "jupyter-notebook"
    return f"{environment}/bin/{name}"


def template(answers: Answers) -> str:
    return templates.render("stata-fleet@.service", root=answers.layout.root)


def drop_in(server: ServerSettings, answers: Answers, environment: str, digest: str) -> str:
    home = answers.accounts[server.owner].home
    work = directory(server.jupyter.directory, home)
    return templates.render(
        "server.conf",
        owner=server.owner,
        program=program(server, environment),
        digest=digest,
        home=home,
        credentials=credentials(server, answers),
        sealed=server.jupyter.profile == "sealed",
        folders=[home] if (work + "/").startswith(home + "/") else [home, work],
        **limits(server.jupyter.limits),
    )


def credentials(server: ServerSettings, answers: Answers) -> dict[str, str]:
    """What systemd copies for the service besides its configuration: name -> file that only root can read."""
    tls = server.jupyter.tls
    if tls is None:
        return {}
    if tls.on_host:
        certificate, key = tls.certificate.removeprefix(ON_HOST), tls.key.removeprefix(ON_HOST)
        return {CERTIFICATE: certificate, KEY: key}
    return {name: f"{answers.layout.secrets(server.owner)}/{name}" for name in (CERTIFICATE, KEY)}


def limits(wanted: Limits) -> dict[str, Any]:
    percent = round(wanted.cpus * 100) if wanted.cpus else None
    return {"memory": wanted.memory, "cpu_percent": percent, "tasks": wanted.tasks}


def supervisor(servers: Sequence[tuple[ServerSettings, str]], answers: Answers, environment: str) -> str:
    """`servers` come with their digests."""
    layout = answers.layout
    entries = [
        {
            "owner": server.owner,
            "program": program(server, environment),
            "home": answers.accounts[server.owner].home,
            "environment": {
                "HOME": answers.accounts[server.owner].home,
                "JUPYTER_CONFIG_DIR": layout.secrets(server.owner),
                "JUPYTER_CONFIG_PATH": layout.secrets(server.owner),
                "JUPYTERLAB_SETTINGS_DIR": f"{answers.accounts[server.owner].home}/.jupyter/lab/user-settings",
                "JUPYTERLAB_WORKSPACES_DIR": f"{answers.accounts[server.owner].home}/.jupyter/lab/workspaces",
                "JUPYTER_PATH": layout.public(server.owner),
                "JUPYTER_RUNTIME_DIR": layout.runtime(server.owner),
                "LANG": "C.UTF-8",
                "PYTHONPYCACHEPREFIX": f"{layout.cache(server.owner)}/python",
                "STATA_FLEET_OWNER": server.owner,
                "STATA_FLEET_SERVER": digest,
                "TERM": "xterm-256color",
                "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR": "1",
            },
        }
        for server, digest in servers
    ]
    owners = [server.owner for server, _ in servers]
    run = f"{layout.root}/run"
    return templates.render("supervisord.conf", run=run, account=owners[0] if owners else "", servers=entries)
