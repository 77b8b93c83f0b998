"""A release: everything that is put on a host apart from the environments, named by its contents."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from statafleet.desired.answers import Answers
from statafleet.desired.environments import SERVER, Environment, environments
from statafleet.desired.files import SECRET, File, manifest, packed
from statafleet.desired.kept import NOTHING, Kept
from statafleet.desired.kernels import python, start
from statafleet.desired.kernels.kernel import Kernel
from statafleet.desired.kernels.registry import KERNELS
from statafleet.desired.managers.registry import manager
from statafleet.desired.services import server
from statafleet.secrets.secret import SignIn, Token, as_kept
from statafleet.settings.model.fleet import HostSettings, ServerSettings


@dataclass(frozen=True)
class Server:
    """One server as it must run.

    `digest` covers all that needs a restart to take effect, and nothing else; `sign_in` and `certificate`, which is
    empty where there is none, what a running server is told of. `socket` is the sha256 of what the service manager
    holds its address by, empty where it holds none.
    """

    settings: ServerSettings
    digest: str
    sign_in: str
    certificate: str
    socket: str

    @property
    def digests(self) -> dict[str, str]:
        named = {"SERVER": self.digest, "SIGN_IN": self.sign_in, "CERTIFICATE": self.certificate}
        return {f"STATA_FLEET_{name}": digest for name, digest in named.items() if digest}


@dataclass(frozen=True)
class Release:
    """`environments` are by name; `kernel` is None where there is no Stata, and Jupyter alone.

    `servers` are those that it is made for; besides them it has what is `kept`.
    """

    id: str
    files: tuple[File, ...]
    description: Mapping[str, Any]
    environments: Mapping[str, Environment]
    servers: Mapping[str, Server]
    kernel: Kernel | None
    kept: Kept = NOTHING


def release(host: HostSettings, answers: Answers, kept: Kept = NOTHING) -> Release:
    kernel = KERNELS[host.stata.kernel] if answers.stata else None
    built = environments(kernel, host.packages, answers)
    described = description(host, answers, built, kept)
    files, services, servers = list(kernel_files(kernel, host, answers, built)), [], {}
    # Not for every account: `extra` may hold what an operator wants kept.
    files.append(File("release.json", json.dumps(described, indent=1, sort_keys=True) + "\n", SECRET))
    runner = manager(answers.layout)
    for settings in host.servers:
        own = server.files(host.name, settings, answers)
        service = server.service(settings, answers, answers.layout.environment(built[SERVER].id))
        held = runner.socket(service)
        wanted = Server(
            settings=settings,
            digest=digest_of(runner.starts(service), *(file.content for file in own)),
            sign_in=sign_in_digest(settings, answers),
            certificate=certificate_digest(settings, answers),
            socket=held.sha256 if held else "",
        )
        files += [*own, *server.secrets(settings, answers)]
        services.append(service.showing(wanted.digests))
        servers[settings.owner] = wanted
    files = sorted([*files, *runner.files(services)], key=lambda file: file.path)
    listed = manifest(sorted([*files, *kept.files], key=lambda file: file.path))
    return Release(digest_of(listed.content), (listed, *files), described, built, servers, kernel, kept)


def digest_of(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def sign_in_digest(settings: ServerSettings, answers: Answers) -> str:
    """With the owner's name, so that it does not tell who shares a secret."""
    return digest_of(settings.owner, as_kept(answers.secrets[settings.owner]))


def certificate_digest(settings: ServerSettings, answers: Answers) -> str:
    """Of the controller's, or of the one that lies on the host; empty where there is none."""
    if pair := answers.tls.get(settings.owner):
        return digest_of(pair.certificate, pair.key.reveal())
    return answers.tls_digests.get(settings.owner, "")[:16]


def kernel_files(
    kernel: Kernel | None, host: HostSettings, answers: Answers, built: Mapping[str, Environment]
) -> Iterable[File]:
    folder = {name: answers.layout.environment(made.id) for name, made in built.items()}
    yield start.program()
    for owner in (settings.owner for settings in host.servers):
        files = {f"kernels/{python.NAME}/kernel.json": python.spec(folder[SERVER], answers.layout.kernel_start())}
        files |= kernel.files(owner, host.stata, answers, folder[kernel.name]) if kernel else {}
        for path, content in files.items():
            yield File(f"servers/{owner}/{path}", content)


def description(
    host: HostSettings, answers: Answers, built: Mapping[str, Environment], kept: Kept = NOTHING
) -> dict[str, Any]:
    """The settings in a form that two releases are compared by, for people; it holds no secret."""
    servers = {**kept.servers}
    environments = {name: made.id for name, made in built.items()}
    older = {name: made for name, made in kept.environments.items() if made not in environments.values()}
    for settings in host.servers:
        shown = settings.jupyter.model_dump(mode="json", exclude={"password", "restart"})
        if settings.jupyter.tls and not settings.jupyter.tls.on_host:
            # Where it lies on the controller is another place for each operator; what is in it is a file of its own.
            shown["tls"] = "from the controller"
        servers[settings.owner] = {**shown, "sign-in": sign_in(answers.secrets[settings.owner])}
    return {
        "servers": servers,
        "environments": {**environments, **older},
        "stata": {"console": answers.stata, **host.stata.model_dump(mode="json", exclude={"path"})},
    }


def sign_in(secret: SignIn) -> str:
    return "token" if isinstance(secret, Token) else "password"


def archive(made: Release) -> bytes:
    """The release as one tar file."""
    return packed(made.files, made.kept.files)
