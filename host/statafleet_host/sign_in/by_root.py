"""What root tells a running server over the probe socket: another secret, another certificate; or asks of it.

Nothing of it is kept. The next start reads the configuration, which says the same by then. The paths are the same
whatever `base_url` is: root tells a server that runs on older settings than those that it has at hand.

jupyter_server 2.21.1: `cookie_secret`'s default is made of its file and the identity provider's secret; cookies are
signed with what stands in the application's settings. tornado 6.6.1: `ssl_options` is read for each connection.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from typing import TYPE_CHECKING

from jupyter_server.base.handlers import APIHandler
from tornado.netutil import ssl_options_to_context
from tornado.web import HTTPError, authenticated

from statafleet_host.sign_in.password import BrokenHashError, matches

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

    from statafleet_host.sign_in.form import SignIn


class ByRoot(APIHandler):
    """The probe's pass alone opens these; being signed in does not."""

    identity_provider: SignIn
    serverapp: ServerApp

    async def prepare(self) -> None:  # type: ignore[override]
        await super().prepare()
        if not self.identity_provider.is_probe(self):
            raise HTTPError(403)

    def told(self) -> dict[str, str]:
        """Words that are not empty. Jupyter's own `get_json_body` logs what it cannot read."""
        try:
            told = json.loads(self.request.body)
        except ValueError:
            told = None
        if isinstance(told, dict) and all(word and isinstance(word, str) for word in told.values()):
            return told
        raise HTTPError(400, "wanted: a JSON object of strings, none of them empty")


class Secret(ByRoot):
    @authenticated
    async def put(self) -> None:
        """Exactly one of `hashed_password`, `token`. The hash `!` lets nobody sign in."""
        told = self.told()
        if told.keys() not in ({"hashed_password"}, {"token"}):
            raise HTTPError(400, "wanted: hashed_password or token")
        if hashed := told.get("hashed_password"):
            await must_be_usable(hashed)
        closed = use_secret(self.serverapp, self.identity_provider, **told)
        self.log.info("root changed the sign-in secret; connections that were closed: %d", closed)
        self.set_status(204)


class Certificate(ByRoot):
    @authenticated
    def put(self) -> None:
        """`certificate`, with its chain, and `key`, both PEM."""
        told = self.told()
        if told.keys() != {"certificate", "key"} or not self.serverapp.ssl_options:
            raise HTTPError(400, "wanted: certificate and key, of a server that speaks TLS")
        try:
            use_certificate(self.serverapp, **told)
        except (ssl.SSLError, OSError):
            raise HTTPError(400, "this certificate and key cannot be used") from None
        self.log.info("root changed the certificate")
        self.set_status(204)


class OneSignIn(ByRoot):
    @authenticated
    async def post(self) -> None:
        """A password to try the form with, where there is a secret by which others can sign in."""
        if hashed := self.identity_provider.hashed_password:
            await must_be_usable(hashed)
        self.set_status(201)
        self.finish({"password": self.identity_provider.throw_away.make()})


async def must_be_usable(hashed: str) -> None:
    """Found out by judging some password with it, which takes its time."""
    try:
        await asyncio.get_running_loop().run_in_executor(None, matches, hashed, "any")
    except BrokenHashError:
        raise HTTPError(400, "the password hash is broken") from None


def use_secret(server: ServerApp, provider: SignIn, hashed_password: str = "", token: str = "") -> int:
    """At once: old cookies open nothing, whoever came with one is cut off, kernels go on. How many were cut off."""
    provider.hashed_password, provider.token = hashed_password, token
    provider.throttle.forgive()
    server.cookie_secret = server.trait_defaults("cookie_secret")  # type: ignore[assignment]
    server.web_app.settings |= {"cookie_secret": server.cookie_secret, "token": token}
    server.write_server_info_file()
    closed: int = server.http_server.hang_up()  # type: ignore[attr-defined]
    return closed


def use_certificate(server: ServerApp, certificate: str, key: str) -> None:
    """For connections from now on. It never lies in a file that has a name."""
    with os.fdopen(os.memfd_create("certificate"), "w") as file:
        file.write(f"{certificate}\n{key}\n")
        file.flush()
        pair = f"/proc/self/fd/{file.fileno()}"
        options = {**server.ssl_options, "certfile": pair, "keyfile": pair}
        server.http_server.ssl_options = ssl_options_to_context(options, server_side=True)


HANDLERS = [
    (r"/stata-fleet/secret", Secret),
    (r"/stata-fleet/certificate", Certificate),
    (r"/stata-fleet/one-sign-in", OneSignIn),
]
