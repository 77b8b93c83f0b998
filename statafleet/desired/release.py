"""A release: everything that is put on a host apart from the environments, named by its contents."""

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from statafleet.desired import jupyter_config
from statafleet.desired.answers import Answers
from statafleet.desired.environments import Environment, environment
from statafleet.desired.kernels import stata_kernel
from statafleet.desired.managers import systemd
from statafleet.secrets.secret import SignIn, Token, as_kept
from statafleet.settings.model.fleet import HostSettings, ServerSettings

PUBLIC, SECRET = 0o644, 0o600


@dataclass(frozen=True)
class File:
    path: str
    content: str = field(repr=False)
    mode: int = PUBLIC

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content.encode()).hexdigest()


@dataclass(frozen=True)
class Server:
    """One server as it must run. `digest` covers all that needs a restart to take effect, and nothing else."""

    settings: ServerSettings
    digest: str


@dataclass(frozen=True)
class Release:
    id: str
    files: tuple[File, ...]
    description: Mapping[str, Any]
    environments: tuple[Environment, ...]
    servers: Mapping[str, Server]


def release(host: HostSettings, answers: Answers) -> Release:
    built = tuple(environment(kind, answers, getattr(host.packages, kind)) for kind in kinds(answers))
    described = description(host, answers, built)
    # Not for every account: `extra` may hold what an operator wants kept.
    files: list[File] = [File("release.json", json.dumps(described, indent=1, sort_keys=True) + "\n", SECRET)]
    servers = {}
    for settings in host.servers:
        made, server = server_files(host, settings, answers, built)
        files += made
        servers[settings.owner] = server
    files += manager_files(servers, answers, built)
    files.sort(key=lambda file: file.path)
    manifest = File("manifest.json", manifest_text(files))
    name = hashlib.sha256(manifest.content.encode()).hexdigest()[:16]
    return Release(name, (manifest, *files), described, built, servers)


def kinds(answers: Answers) -> tuple[str, ...]:
    """Where there is no Stata there is no kernel for it: Jupyter only."""
    return ("server", "kernel") if answers.stata else ("server",)


def server_files(
    host: HostSettings, settings: ServerSettings, answers: Answers, built: tuple[Environment, ...]
) -> tuple[list[File], Server]:
    owner, server_environment = settings.owner, answers.layout.environment(built[0].id)
    config = jupyter_config.config(host.name, settings, answers)
    # What the unit says without its digest, so that the digest can go into the unit.
    unit = systemd.template(answers) + systemd.drop_in(settings, answers, server_environment, "")
    pair = answers.tls.get(owner)
    tls = (pair.certificate, pair.key.reveal()) if pair else ()
    renewed = answers.tls_digests.get(owner, "")
    digest = hashlib.sha256("\0".join((config, unit, *tls, renewed)).encode()).hexdigest()[:16]
    files = [
        File(f"secrets/{owner}/jupyter_notebook_config.py", config, SECRET),
        File(f"secrets/{owner}/secret", as_kept(answers.secrets[owner]), SECRET),
    ]
    if answers.layout.manager == "supervisor":
        # As systemd hands them to the service, see the unit.
        files.append(File(f"secrets/{owner}/jupyter_server_config.py", config, SECRET))
        files.append(File(f"secrets/{owner}/migrated", "yes", SECRET))
    for name, content in zip((jupyter_config.CERTIFICATE, jupyter_config.KEY), tls, strict=False):
        files.append(File(f"secrets/{owner}/{name}", content, SECRET))
    if len(built) > 1:
        kernel_environment = answers.layout.environment(built[1].id)
        files += [
            File(
                f"servers/{owner}/kernels/stata/kernel.json",
                stata_kernel.spec(settings, answers, kernel_environment),
            ),
            File(f"servers/{owner}/stata_kernel.conf", stata_kernel.settings(settings, host.stata, answers)),
        ]
    if answers.layout.manager == "systemd":
        text = systemd.drop_in(settings, answers, server_environment, digest)
        files.append(File(f"units/stata-fleet@{owner}.service.d/server.conf", text))
    return files, Server(settings, digest)


def manager_files(servers: Mapping[str, Server], answers: Answers, built: tuple[Environment, ...]) -> list[File]:
    if answers.layout.manager == "systemd":
        return [File("units/stata-fleet@.service", systemd.template(answers))]
    pairs = [(server.settings, server.digest) for server in servers.values()]
    text = systemd.supervisor(pairs, answers, answers.layout.environment(built[0].id))
    return [File("supervisord.conf", text)]


def description(host: HostSettings, answers: Answers, built: tuple[Environment, ...]) -> dict[str, Any]:
    """The settings in a form that two releases are compared by, for people; it holds no secret."""
    servers = {}
    for server in host.servers:
        shown = server.jupyter.model_dump(mode="json", exclude={"password", "restart"})
        if server.jupyter.tls and not server.jupyter.tls.on_host:
            # Where it lies on the controller is another place for each operator; what is in it is a file of its own.
            shown["tls"] = "from the controller"
        servers[server.owner] = {**shown, "sign-in": sign_in(answers.secrets[server.owner])}
    return {
        "servers": servers,
        "environments": {made.kind: made.id for made in built},
        "stata": {"console": answers.stata, **host.stata.model_dump(mode="json", exclude={"path"})},
    }


def sign_in(secret: SignIn) -> str:
    return "token" if isinstance(secret, Token) else "password"


def manifest_text(files: list[File]) -> str:
    entries = [{"path": file.path, "sha256": file.sha256, "mode": f"{file.mode:o}"} for file in files]
    return json.dumps({"files": entries}, indent=1) + "\n"


def archive(made: Release) -> bytes:
    """The release as one tar file, folders first; folders that lead to secrets are closed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for folder in folders(made):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = (
                tarfile.DIRTYPE,
                0o700 if folder.startswith("secrets") else 0o755,
            )
            opened.addfile(member)
        for file in made.files:
            content = file.content.encode()
            member = tarfile.TarInfo(file.path)
            member.size, member.mode = len(content), file.mode
            opened.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def folders(made: Release) -> list[str]:
    found = set()
    for file in made.files:
        parts = file.path.split("/")[:-1]
        found |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
    return sorted(found)
