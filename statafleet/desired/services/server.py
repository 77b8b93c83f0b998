"""A Jupyter server of one account: the service, and the secret files that go with it."""

from collections.abc import Mapping

from statafleet_sent.wire import Account

from statafleet.desired import jupyter_config
from statafleet.desired.answers import Answers
from statafleet.desired.files import SECRET, File
from statafleet.desired.jupyter_config import CERTIFICATE, KEPT, KEY
from statafleet.desired.managers.registry import manager
from statafleet.desired.service import Service
from statafleet.secrets.secret import as_kept
from statafleet.settings.model.fleet import ServerSettings
from statafleet.settings.model.jupyter import ON_HOST
from statafleet.settings.model.listening import Listening, Socket

PROGRAMS = {"lab": "jupyter-lab", "notebook": "jupyter-notebook"}
# What Jupyter reads for its extensions, jupyter_notebook_config.py, is outranked by any file of this name.
CONFIG = "jupyter_server_config.py"
# Says that there is nothing to migrate from ~/.ipython: Jupyter would write into its configuration folder.
MIGRATED = "migrated"


def service(server: ServerSettings, answers: Answers, environment: str) -> Service:
    """`environment` is the folder of the one that it runs from."""
    owner, jupyter = answers.accounts[server.owner], server.jupyter
    return Service(
        name=server.owner,
        owner=owner,
        program=(f"{environment}/bin/{PROGRAMS[jupyter.interface]}", "--no-browser"),
        variables=variables(owner, answers),
        folders=tuple(folder for folder in folders(server, owner) if folder in answers.hidden),
        credentials=credentials(server, answers),
        listens=listens(jupyter.listening, answers.layout.socket(server.owner)),
        limits=jupyter.limits,
        sealed=jupyter.profile == "sealed",
    )


def variables(owner: Account, answers: Answers) -> dict[str, str]:
    layout = answers.layout
    credentials = manager(layout).credentials(owner.name)
    return {
        # Not ~/.jupyter: an old NotebookApp.ip there outranks every ServerApp.ip.
        "JUPYTER_CONFIG_DIR": credentials,
        "JUPYTER_CONFIG_PATH": credentials,
        "JUPYTER_PATH": layout.public(owner.name),
        "JUPYTER_RUNTIME_DIR": layout.runtime(owner.name),
        # What JupyterLab itself keeps of its owner's choices stays where it always is.
        "JUPYTERLAB_SETTINGS_DIR": f"{owner.home}/.jupyter/lab/user-settings",
        "JUPYTERLAB_WORKSPACES_DIR": f"{owner.home}/.jupyter/lab/workspaces",
        "LANG": "C.UTF-8",
        "PYTHONPYCACHEPREFIX": f"{layout.cache(owner.name)}/python",
        "STATA_FLEET_OWNER": owner.name,
        "TERM": "xterm-256color",
        "TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR": "1",
    }


def listens(at: Listening, socket: str) -> str:
    return socket if isinstance(at, Socket) else at.authority


def folders(server: ServerSettings, owner: Account) -> tuple[str, ...]:
    """The home, and the folder that the server shows where that is not in it."""
    home, shown = owner.home, jupyter_config.directory(server.jupyter.directory, owner.home)
    return (home,) if f"{shown}/".startswith(f"{home}/") else (home, shown)


def credentials(server: ServerSettings, answers: Answers) -> dict[str, str]:
    """By name, the files that only root can read; in `scope: user` they lie where the server looks for them."""
    secrets, tls = answers.layout.secrets(server.owner), server.jupyter.tls
    found = {name: f"{secrets}/{name}" for name in (CONFIG, MIGRATED, KEPT)}
    if tls and tls.on_host:
        return {**found, CERTIFICATE: tls.certificate.removeprefix(ON_HOST), KEY: tls.key.removeprefix(ON_HOST)}
    return {**found, **{name: f"{secrets}/{name}" for name in (CERTIFICATE, KEY) if tls}}


def files(host: str, server: ServerSettings, answers: Answers) -> list[File]:
    """What the server is configured by; another content is a reason for a restart."""
    contents = {CONFIG: jupyter_config.config(host, server, answers), MIGRATED: "yes"}
    return private(server.owner, contents)


def secrets(server: ServerSettings, answers: Answers) -> list[File]:
    """What a server is started with, and told of while it runs."""
    contents = {KEPT: as_kept(answers.secrets[server.owner])}
    if pair := answers.tls.get(server.owner):
        contents |= {CERTIFICATE: pair.certificate, KEY: pair.key.reveal()}
    return private(server.owner, contents)


def private(owner: str, contents: Mapping[str, str]) -> list[File]:
    return [File(f"secrets/{owner}/{name}", content, SECRET) for name, content in contents.items()]
