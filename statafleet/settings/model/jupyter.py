"""The settings of one Jupyter server."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal

from pydantic import JsonValue, field_validator

from statafleet.settings.model.extra import check_options
from statafleet.settings.model.fields import (
    EITHER_PATH,
    EmptyIsNothing,
    HostPath,
    Line,
    Settings,
    absolute,
    refuse,
    setting,
)
from statafleet.settings.model.listening import LOOPBACK, Listening, Port, Socket
from statafleet.settings.model.password import Password  # noqa: TC001 - pydantic reads it

SOCKET = "socket"
ON_HOST = "host:"

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_STEP = re.compile(r"[\w.~-]+", re.ASCII)
_DURATION = re.compile(r"(?P<count>[1-9][0-9]{0,5})(?P<unit>[smhd])")

Options = Annotated[
    dict[str, Annotated[dict[str, JsonValue], EmptyIsNothing]],
    EmptyIsNothing,
]


class Tls(Settings):
    """Both on the controller, or both on the host with `host:` before the absolute path."""

    certificate: Line = setting(
        ...,
        "The certificate with its chain, a PEM file.",
        allowed=EITHER_PATH,
        example="tls/lab.crt",
    )
    key: Line = setting(
        ...,
        "The certificate's private key, a PEM file that no passphrase locks.",
        allowed=EITHER_PATH,
        example="tls/lab.key",
    )

    @field_validator("certificate", "key")
    @classmethod
    def _absolute_on_the_host(cls, value: str) -> str:
        if value.startswith(ON_HOST):
            absolute(value.removeprefix(ON_HOST))
        return value

    @property
    def on_host(self) -> bool:
        return self.certificate.startswith(ON_HOST) and self.key.startswith(ON_HOST)


class Limits(Settings):
    memory: Line | None = setting(
        None,
        "The most memory that a server and its kernels may use together.",
        allowed="a whole number and one of K, M, G, T",
        example="8G",
        pattern=r"^[1-9][0-9]{0,8}[KMGT]$",
    )
    cpus: float | None = setting(
        None,
        "The most processors that a server and its kernels may use together.",
        allowed="a number above 0",
        example=4,
        gt=0,
        le=10_000,
        allow_inf_nan=False,
    )
    tasks: int | None = setting(
        None,
        "The most processes and threads of a server and its kernels together.",
        allowed="a whole number from 16 to 4194304",
        example=4096,
        ge=16,
        le=4_194_304,
    )


class Idle(Settings):
    cull_kernels_after: Line = setting(
        "never",
        "How long a kernel may be idle before it is ended. A busy kernel is never ended.",
        allowed="never, or a whole number and one of s, m, h, d",
        example="12h",
    )

    @field_validator("cull_kernels_after")
    @classmethod
    def _duration(cls, value: str) -> str:
        if value != "never" and not _DURATION.fullmatch(value):
            raise refuse("not a duration", fix="write e.g. `cull_kernels_after: 12h`")
        return value

    @property
    def seconds(self) -> int:
        """0 stands for never."""
        match = _DURATION.fullmatch(self.cull_kernels_after)
        return int(match["count"]) * _SECONDS[match["unit"]] if match else 0


class Jupyter(Settings):
    interface: Literal["lab", "notebook"] = setting(
        "lab",
        "What a browser shows first.",
        allowed="lab, notebook",
        example="notebook",
    )
    bind: Line = setting(
        SOCKET,
        "Where the server listens: on a socket that only its owner can open, on a port for every account of the host, "
        f"or on an address. With `scope: user`, where a browser on the host opens it, {LOOPBACK}.",
        allowed=f"{SOCKET}, {LOOPBACK}, or an address of the host",
        example=LOOPBACK,
    )
    port: int = setting(
        8888,
        "The port that the server listens on where `bind` is no socket.",
        allowed="a whole number from 1 to 65535",
        example=8889,
        ge=1,
        le=65535,
    )
    base_url: Line = setting(
        "/",
        "The path of the server's pages, for servers behind one proxy.",
        allowed="a path of letters, digits and - . _ ~",
        example="/alice/",
    )
    directory: HostPath = setting(
        "~",
        "The folder that the server shows, `~` being its owner's home.",
        allowed="a path on the host that begins with / or ~/",
        example="~/projects",
    )
    password: Password | None = setting(
        None,
        "What a browser is asked for. Without one a token is made, shown once, and kept.",
        allowed="a map with one of: hash, env, file, command",
        example={"file": "secrets/alice"},
    )
    tls: Tls | None = setting(
        None,
        "The certificate that the server shows; an address needs one.",
        allowed="a map with: certificate, key",
        example={"certificate": "tls/lab.crt", "key": "tls/lab.key"},
    )
    limits: Limits = setting(
        Limits(),
        "What one server and its kernels may use together.",
        allowed="a map with any of: memory, cpus, tasks",
        example={"memory": "8G"},
    )
    idle: Idle = setting(
        Idle(),
        "What happens to kernels that nobody uses.",
        allowed="a map with: cull_kernels_after",
        example={"cull_kernels_after": "12h"},
    )
    extra: Options = setting(
        {},
        "Options of Jupyter that have no setting here, as class, trait and value.",
        allowed="a map of classes, each a map of traits",
        example={"ContentsManager": {"allow_hidden": True}},
    )
    profile: Literal["standard", "sealed"] = setting(
        "standard",
        "How closed a server is: sealed has no network for kernels, and needs `bind: socket`.",
        allowed="standard, sealed",
        example="sealed",
    )
    restart: Literal["when-idle", "now", "never"] = setting(
        "when-idle",
        "When a server that must be restarted is: once its kernels idle, at once, or by its owner.",
        allowed="when-idle, now, never",
        example="never",
    )

    @field_validator("bind")
    @classmethod
    def _address(cls, value: str) -> str:
        if value == SOCKET:
            return value
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            raise refuse("not an address", fix=f"write `bind: {LOOPBACK}`") from None

    @field_validator("base_url")
    @classmethod
    def _between_slashes(cls, value: str) -> str:
        parts = value.strip("/").split("/") if value.strip("/") else []
        if not all(_STEP.fullmatch(part) for part in parts) or {".", ".."} & set(parts):
            raise refuse("not a plain path", fix="write e.g. `base_url: /alice/`")
        return "/" + "".join(f"{part}/" for part in parts)

    @field_validator("extra")
    @classmethod
    def _only_options_that_are_not_managed(cls, value: dict[str, Any]) -> dict[str, Any]:
        check_options(value)
        return value

    @property
    def listening(self) -> Listening:
        if self.bind == SOCKET:
            return Socket()
        return Port(self.bind, self.port, self.tls is not None, self.base_url)
