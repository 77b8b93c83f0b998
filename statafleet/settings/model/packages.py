"""Where a host gets its packages, and which extra ones."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from statafleet.settings.model.fields import CONTROLLER_PATH, Line, Settings, refuse, setting

_WEB = re.compile(r"https?://[^\s/]+(/\S*)?")
# On the host's own loopback address nobody listens in.
_OPEN_CREDENTIALS = re.compile(r"http://[^/]*@(?!(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?(?:/|$))")


def _web_address(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not _WEB.fullmatch(value.get_secret_value()):
        raise refuse("not a web address", fix="begin it with `https://` or `http://`")
    return value


def _closed(value: SecretStr | None) -> SecretStr | None:
    if value is not None and _OPEN_CREDENTIALS.match(value.get_secret_value()):
        raise refuse("its name and password would cross the network unencrypted", fix="begin it with `https://`")
    return value


# An address may carry a name and a password, so all of them are secrets.
WebAddress = Annotated[SecretStr | None, AfterValidator(_web_address)]
IndexAddress = Annotated[WebAddress, AfterValidator(_closed)]


class Index(Settings):
    url: IndexAddress = setting(
        None,
        "The package index that the host installs from.",
        allowed="a web address; with a name and password only of https",
        example="https://packages.example.edu/simple",
    )
    ca_bundle: Line | None = setting(
        None,
        "The certificates, a PEM file on the controller, that the index is checked against; only they are sent.",
        allowed=CONTROLLER_PATH,
        example="tls/ca.pem",
    )
    proxy: WebAddress = setting(
        None,
        "The proxy through which the host reaches the index.",
        allowed="a web address",
        example="http://proxy.example.edu:3128",
    )
    wheelhouse: Line | None = setting(
        None,
        "A folder of packages on the controller, for hosts with no way out.",
        allowed=CONTROLLER_PATH,
        example="wheelhouse",
    )


class Packages(Settings):
    server: Line | None = setting(
        None,
        "A lock of extra packages for the servers' environment, every file of them with its hash.",
        allowed=CONTROLLER_PATH,
        example="locks/server.txt",
    )
    kernel: Line | None = setting(
        None,
        "A lock of extra packages for the kernel's environment, every file of them with its hash.",
        allowed=CONTROLLER_PATH,
        example="locks/kernel.txt",
    )


class ExtraPackages(Settings):
    """What stands in the locks that `packages` names."""

    server: str = Field("", exclude=True, repr=False)
    kernel: str = Field("", exclude=True, repr=False)
