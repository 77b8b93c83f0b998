"""How a password is named in the settings, and which hashes a host can verify.

The settings hold no password in clear: `env`, `file` and `command` are read on the controller.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Self

from pydantic import SecretStr, field_validator, model_validator

from statafleet.settings.model.fields import CONTROLLER_PATH, Line, Settings, refuse, setting

# bcrypt reads no more of a password than this.
MOST_BYTES = 72
LOWEST_COST = 10

_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")
_ARGON2 = re.compile(
    r"argon2:\$argon2id\$v=19\$m=(?P<memory>[0-9]{1,10}),t=(?P<time>[0-9]{1,10}),p=(?P<lanes>[0-9]{1,3})"
    r"\$(?P<salt>[A-Za-z0-9+/]{11,64})\$(?P<hash>[A-Za-z0-9+/]{16,172})",
)
_MAKE_ONE = "make a new hash with `stata-fleet hash-password`"


class Password(Settings):
    """Exactly one of the four."""

    hash: SecretStr | None = setting(
        None,
        "The password's bcrypt or argon2id hash.",
        allowed="a bcrypt hash ($2b$…, 60 characters) or argon2:$argon2id$…",
        example="$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    )
    env: Line | None = setting(
        None,
        "The environment variable, on the controller, that holds the password.",
        allowed="the name of an environment variable",
        example="ALICE_PASSWORD",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
    )
    file: Line | None = setting(
        None,
        "A file on the controller that holds the password and that only its owner can read.",
        allowed=CONTROLLER_PATH,
        example="secrets/alice",
    )
    command: Line | None = setting(
        None,
        "A shell command, run on the controller, that prints the password.",
        allowed="a shell command",
        example="pass show lab/alice",
    )

    @field_validator("hash")
    @classmethod
    def _well_formed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_hash(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        ways = type(self).model_fields
        if sum(getattr(self, way) is not None for way in ways) != 1:
            raise refuse(
                "a password is named in exactly one way",
                allowed=", ".join(ways),
                fix="write one of them, e.g. `password: {file: secrets/alice}`",
            )
        return self


def _check_hash(text: str) -> None:
    if match := _BCRYPT.fullmatch(text):
        _check_bcrypt(int(match["cost"]))
    elif not _is_argon2(text):
        raise refuse("not a whole bcrypt or argon2id hash", fix=_MAKE_ONE)


def _check_bcrypt(cost: int) -> None:
    if not LOWEST_COST <= cost <= 31:
        raise refuse(f"the cost of this bcrypt hash is not from {LOWEST_COST} to 31", fix=_MAKE_ONE)


def _is_argon2(text: str) -> bool:
    match = _ARGON2.fullmatch(text)
    if match is None:
        return False
    memory, time, lanes = (int(match[name]) for name in ("memory", "time", "lanes"))
    sane = time >= 1 and 1 <= lanes <= 255 and 8 * lanes <= memory < 2**32
    return sane and _is_base64(match["salt"]) and _is_base64(match["hash"])


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        return False
    return True
