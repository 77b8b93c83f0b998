"""Which options of Jupyter pass through `jupyter.extra`, and which are ours to write."""

from __future__ import annotations

import re
from keyword import iskeyword
from math import isfinite
from typing import TYPE_CHECKING, Any

from statafleet.settings.model.fields import Refusal, refuse_each

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIGN_IN = "use `password:` under `jupyter:` instead"
_LEAVE = "delete this line: stata-fleet sets it"
_USE = {
    "ip": "use `bind:` under `jupyter:` instead",
    "sock": "use `bind:` under `jupyter:` instead",
    "port": "use `port:` under `jupyter:` instead",
    "base_url": "use `base_url:` under `jupyter:` instead",
    "root_dir": "use `directory:` under `jupyter:` instead",
    "notebook_dir": "use `directory:` under `jupyter:` instead",
    "preferred_dir": "use `directory:` under `jupyter:` instead",
    "default_url": "use `interface:` under `jupyter:` instead",
    "certfile": "use `tls:` under `jupyter:` instead",
    "keyfile": "use `tls:` under `jupyter:` instead",
    "password": _SIGN_IN,
    "token": _SIGN_IN,
    "cull_idle_timeout": "use `idle:` under `jupyter:` instead",
}
_SERVER = frozenset(
    {
        "allow_password_change",
        "allow_remote_access",
        "allow_root",
        "allow_unauthenticated_access",
        "authorizer_class",
        "base_url",
        "certfile",
        "client_ca",
        "config_file",
        "default_url",
        "disable_check_xsrf",
        "identity_provider_class",
        "ip",
        "jpserver_extensions",
        "kernel_manager_class",
        "keyfile",
        "local_hostnames",
        "login_handler_class",
        "logout_handler_class",
        "notebook_dir",
        "open_browser",
        "password",
        "password_required",
        "port",
        "port_retries",
        "root_dir",
        "sock",
        "sock_mode",
        "token",
    },
)
_KERNELS = frozenset(
    {
        "connection_file",
        "cull_busy",
        "cull_connected",
        "cull_idle_timeout",
        "default_kernel_name",
        "ip",
        "kernel_manager_class",
        "shutdown_wait_time",
        "transport",
    },
)
MANAGED: Mapping[str, frozenset[str]] = {
    "ServerApp": _SERVER,
    "LabApp": _SERVER,
    "JupyterNotebookApp": _SERVER,
    "JupyterApp": frozenset({"config_file", "config_file_name"}),
    "ConnectionFileMixin": _KERNELS,
    "KernelManager": _KERNELS,
    "AsyncKernelManager": _KERNELS,
    "AsyncIOLoopKernelManager": _KERNELS,
    "IOLoopKernelManager": _KERNELS,
    "ServerKernelManager": _KERNELS,
    "MappingKernelManager": _KERNELS,
    "MultiKernelManager": _KERNELS,
    "AsyncMappingKernelManager": _KERNELS,
    "AsyncMultiKernelManager": _KERNELS,
}
MANAGED_CLASSES = frozenset({"IdentityProvider", "PasswordIdentityProvider", "SignIn"})

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


def check_options(extra: Mapping[str, Mapping[str, Any]]) -> None:
    refusals = [
        refusal
        for name, options in extra.items()
        for refusal in (_class(name), *(_option(name, *item) for item in options.items()))
        if refusal
    ]
    if refusals:
        raise refuse_each(refusals)


def _class(name: str) -> Refusal | None:
    if name in MANAGED_CLASSES:
        return Refusal(f"`{name}` is not yours to set here", _SIGN_IN, at=(name,))
    if not _is_name(name):
        return Refusal("not the name of a class of Jupyter", "write its name alone", at=(name,))
    return None


def _is_name(text: str) -> bool:
    """Of what can stand after a dot in Python, the language of Jupyter's configuration."""
    return _NAME.fullmatch(text) is not None and not iskeyword(text)


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(_is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or isfinite(value)


def _option(name: str, option: str, value: Any) -> Refusal | None:
    if option in MANAGED.get(name, ()):
        what = f"`{name}.{option}` is not yours to set here"
        return Refusal(what, _USE.get(option, _LEAVE), at=(name, option))
    if not _is_name(option):
        what = f"not the name of an option of `{name}`" if _is_name(name) else "not a name"
        return Refusal(what, "write its name alone", at=(name, option))
    if not _is_finite(value):
        return Refusal("a number without end", "write a number", at=(name, option))
    return None
