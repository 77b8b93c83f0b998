"""Who gets in: the password and its throttle, the login cookie, and root's probe.

jupyter_server 2.21.1: `identity_provider_class` and `login_handler_class` are its documented
extension points; `handler._token_authenticated` is what it sets itself to waive the XSRF and
origin checks, websockets included.
"""

from __future__ import annotations

import asyncio
import hmac
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import PasswordIdentityProvider, User
from jupyter_server.auth.login import LoginFormHandler
from traitlets import Bool, Unicode, default, validate

from statafleet_host.sign_in.password import NOBODY, BrokenHashError, matches
from statafleet_host.sign_in.peer import peer_of
from statafleet_host.sign_in.throttle import Throttle
from statafleet_host.sign_in.throw_away import ThrowAway

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from tornado.web import RequestHandler

PROBE_HEADER = "X-Stata-Fleet-Probe"


class SignInForm(LoginFormHandler):
    """Jupyter's login page, with a wait after five failures."""

    identity_provider: SignIn

    @allow_unauthenticated
    async def post(self) -> None:
        """Judge a password.

        A request that carries a valid cookie is signed in already, throttle or not: it is sent on,
        as by GET, and its password is not looked at, so that a stolen cookie is no way to guess at
        one. The probe is judged at once and never counted: root reads the hash anyway.
        """
        if self.identity_provider.is_throw_away(self):
            self._welcome(self.identity_provider.generate_anonymous_user(self))
        elif self.identity_provider.is_probe(self):
            await self._judge(counted=False)
        elif self.current_user:
            self._go_on()
        else:
            await self._judge(counted=True)

    async def _judge(self, *, counted: bool) -> None:
        provider = self.identity_provider
        # One at a time: a hash takes a core and, with argon2, memory. Whoever queued here while
        # others failed must wait as well, so the throttle is asked inside.
        async with provider.one_at_a_time:
            if counted and (seconds := provider.throttle.seconds_left()):
                self._too_many(seconds)
                return
            loop = asyncio.get_running_loop()
            user = await loop.run_in_executor(None, provider.process_login_form, self)
            if counted:
                provider.note(user)
        if user is None:
            self._refuse(401, "Invalid credentials")
        else:
            self._welcome(user)

    def _welcome(self, user: User) -> None:
        self.identity_provider.set_login_cookie(self, user)
        self._go_on()

    def _too_many(self, seconds: int) -> None:
        self.set_header("Retry-After", str(seconds))
        when = f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
        self._refuse(429, f"Too many failed sign-ins. Please try again in {when}.")

    def _refuse(self, status: int, message: str) -> None:
        self.set_status(status)
        self._render(message={"error": message})  # type: ignore[no-untyped-call]

    def _go_on(self) -> None:
        self._redirect_safe(self.get_argument("next", default=self.base_url))

    def _redirect_safe(self, url: str, default: str | None = None) -> None:
        """A browser takes tabs out of an address, which Jupyter judges with them: `///evil.example` is another site."""
        super()._redirect_safe(url if url.isprintable() else self.base_url, default)  # type: ignore[no-untyped-call]


class SignIn(PasswordIdentityProvider):
    """Jupyter's password sign-in with bcrypt, a throttle, and a pass for root on this host.

    A token, where one is set, is a second password on the form and throttled there. Elsewhere
    (`?token=`, the Authorization header) guesses at it are not throttled: they tell nothing of the
    password, and a token is to be 256 random bits.
    """

    throttle_file = Unicode(config=True, help="Keeps failed sign-ins over a restart; empty: not kept.")
    host_name = Unicode(
        config=True,
        help="The server's own name, such as alice-econ1.localhost: browsers are sent there; empty: any will do.",
    )
    probe_socket = Unicode(config=True, help="The unix socket for the probe; empty: none.")
    probe_by_owner = Bool(
        False,
        config=True,
        help="Let the server's own account in as well, on the probe socket only.",
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        path = Path(self.throttle_file) if self.throttle_file else None
        self.throttle = Throttle(path, self.log)
        self.one_at_a_time = asyncio.Lock()
        self.throw_away = ThrowAway()

    @default("throttle_file")
    def _default_throttle_file(self) -> str:
        return str(Path(jupyter_data_dir()) / "stata-fleet-sign-in.json")

    @default("probe_socket")
    def _default_probe_socket(self) -> str:
        return str(Path(jupyter_runtime_dir()) / "probe.sock")

    @default("login_handler_class")
    def _default_login_handler_class(self) -> type[SignInForm]:
        return SignInForm

    @default("cookie_options")
    def _default_cookie_options(self) -> dict[str, Any]:
        return {"samesite": "Strict", "expires_days": 1}

    @default("get_secure_cookie_kwargs")
    def _default_get_secure_cookie_kwargs(self) -> dict[str, Any]:
        return {"max_age_days": 1}

    @default("allow_password_change")
    def _default_allow_password_change(self) -> bool:
        return False

    @validate("allow_password_change")
    def _never_allow_password_change(self, _proposal: object) -> bool:
        """The password is managed elsewhere; the next run would undo one that was set here."""
        return False

    def cookie_secret_hook(self, h: hmac.HMAC) -> hmac.HMAC:
        """A changed token, too, ends the cookies that the old one opened.

        The rest is in a file of the owner's, which his kernels can read. Where nobody signs in all know the hash.
        """
        h = super().cookie_secret_hook(h)
        h.update(os.urandom(32) if self.hashed_password == NOBODY else self.token.encode())
        return h

    def get_user(self, handler: RequestHandler) -> User | Awaitable[User | None] | None:
        if self.is_probe(handler):
            handler._token_authenticated = True  # type: ignore[attr-defined] # noqa: SLF001
            return User(username="root-local")
        return super().get_user(handler)

    def knows(self, handler: RequestHandler) -> bool:
        """Does a request show, by its headers alone, a pass, a token or a cookie that is valid."""
        token = self.get_token(handler) or ""
        by_token = bool(self.token) and hmac.compare_digest(token.encode(), self.token.encode())
        return by_token or self.is_probe(handler) or self.get_user_cookie(handler) is not None

    def is_probe(self, handler: RequestHandler) -> bool:
        """Root on this host, who asks for it by a header that no web page can send.

        Root may have forwarded the socket to a browser, where any page could use a pass that asks
        for nothing.
        """
        return handler.request.headers.get(PROBE_HEADER) == "1" and self.by_probe_socket(handler)

    def by_probe_socket(self, handler: RequestHandler) -> bool:
        """Connected by root to the probe's own socket.

        On the server's own socket root may be a proxy for everybody, and the owner sshd's forwarder.
        """
        peer = peer_of(handler.request)
        if peer is None or peer.path != str(Path(self.probe_socket)):
            return False
        return peer.uid == 0 or (self.probe_by_owner and peer.uid == os.geteuid())

    def is_throw_away(self, handler: RequestHandler) -> bool:
        """No way in for anybody else, even who has got to know the word: it is good over the probe socket alone."""
        return self.by_probe_socket(handler) and self.throw_away.take(_typed_password(handler))

    def process_login_form(self, handler: RequestHandler) -> User | None:
        """The user if the password is right; nothing else is read, `new_password` least of all."""
        if not self.auth_enabled:
            return super().process_login_form(handler)
        typed = _typed_password(handler)
        if typed and (self._is_token(typed) or self.passwd_check(typed)):
            return self.generate_anonymous_user(handler)
        return None

    def passwd_check(self, password: str) -> bool:
        try:
            return bool(self.hashed_password) and matches(self.hashed_password, password)
        except BrokenHashError as error:
            self.log.critical("nobody can sign in: the configured password hash is broken (%s)", error)
            return False

    def note(self, user: User | None) -> None:
        """Count a failed sign-in; a good one forgives them all."""
        if user is None:
            self.throttle.failed()
            self.log.warning("sign-in refused, %d in a row", self.throttle.failures)
        else:
            self.throttle.forgive()
            self.log.info("signed in as %s", user.username)

    def _is_token(self, typed: str) -> bool:
        return bool(self.token) and typed.strip() == self.token


def _typed_password(handler: RequestHandler) -> str:
    """As typed: `get_argument` strips, turns a NUL into a space, and reads the URL as well."""
    values = handler.request.body_arguments.get("password", [b""])
    try:
        return values[-1].decode()
    except UnicodeDecodeError:
        return ""
