"""Secrets as types that no print, log, JSON or pickle shows. `reveal()` is the one way to the text: search for it."""

from __future__ import annotations

import re
import secrets as chance
from dataclasses import dataclass
from typing import NoReturn

import bcrypt
from typing_extensions import override

from statafleet.settings.problems.problem import NOT_SHOWN

# 2 to this power rounds: 0.26 s a guess on a server's core.
COST = 12
# A host may keep a hash that asks for days of this machine's time; up to 14 takes a second.
_KEPT_HASH = re.compile(r"\$2[aby]\$(?:0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}")
_KEPT_TOKEN = re.compile(r"token:(?P<token>[A-Za-z0-9_-]{43})")


class Secret:
    """Slots, so that `vars` finds nothing either."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {NOT_SHOWN}>"

    def to_json(self) -> str:
        """What pyinfra prints of it."""
        return NOT_SHOWN

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and type(self) is type(other) and self._text == other._text

    @override
    def __hash__(self) -> int:
        return hash((type(self), self._text))

    def __deepcopy__(self, _: object) -> Secret:
        return self

    @override
    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")


class Token(Secret):
    """What a server without a password is signed in to with."""

    __slots__ = ()

    @classmethod
    def new(cls) -> Token:
        return cls(chance.token_urlsafe(32))


class Hash(Secret):
    """A password's bcrypt or argon2id hash."""

    __slots__ = ()


SignIn = Token | Hash


class Clear(Secret):
    """A password in clear. It remembers its hash, and which hashes it opens: each costs a quarter of a second."""

    __slots__ = ("_hash", "_opens")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._hash: Hash | None = None
        self._opens: dict[Hash, bool] = {}

    def hashed(self) -> Hash:
        if self._hash is None:
            self._hash = Hash(bcrypt.hashpw(self._text.encode(), bcrypt.gensalt(COST)).decode())
            self._opens[self._hash] = True
        return self._hash

    def opens(self, kept: Hash) -> bool:
        if kept not in self._opens:
            self._opens[kept] = self._verifies(kept)
        return self._opens[kept]

    def _verifies(self, kept: Hash) -> bool:
        try:
            return bcrypt.checkpw(self._text.encode(), kept.reveal().encode())
        except ValueError:
            return False


class Unread(Clear):
    """A password that was not read, known by its source alone: whatever the host keeps is taken for it."""

    __slots__ = ()

    @override
    def hashed(self) -> Hash:
        return Hash(NOT_SHOWN)

    @override
    def opens(self, kept: Hash) -> bool:
        return True


@dataclass(frozen=True)
class KeyPair:
    """A certificate with its chain, and its private key; both PEM."""

    certificate: str
    key: Secret

    def to_json(self) -> dict[str, object]:
        """What pyinfra prints of it."""
        return vars(self)


def as_kept(secret: SignIn) -> str:
    """How a host keeps it: `token:` and the token, or the hash."""
    return f"token:{secret.reveal()}" if isinstance(secret, Token) else secret.reveal()


def from_kept(text: str) -> SignIn | None:
    """What a host says that it keeps, so far as it is a token of ours or a hash that can be checked in good time."""
    if found := _KEPT_TOKEN.fullmatch(text):
        return Token(found["token"])
    return Hash(text) if _KEPT_HASH.fullmatch(text) else None
