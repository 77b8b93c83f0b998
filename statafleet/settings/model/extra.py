"""Which options of Jupyter pass through `jupyter.extra`, and which are ours to write."""

from __future__ import annotations

import re
from keyword import iskeyword
from math import isfinite
from typing import TYPE_CHECKING, Any

from statafleet.settings.model.fields import Refusal, refuse_each

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SIGN_IN = "use `password:` under `jupyter:` instead"
_LEAVE = "delete this line: stata-fleet sets it"
_BIND = "use `bind:` under `jupyter:` instead"
_DIRECTORY = "use `directory:` under `jupyter:` instead"
_TLS = "use `tls:` under `jupyter:` instead"
_IDLE = "use `idle:` under `jupyter:` instead"

# What is ours, and what to do instead. Refused under whatever class: traitlets takes an option also under the name of
# any class above its own, and the notebook's shim moves those of `LabApp` and others to the server.
MANAGED: Mapping[str, str] = {
    # Where it listens, and what a browser is told of that.
    "ip": _BIND,
    "sock": _BIND,
    "sock_mode": _BIND,
    "port": "use `port:` under `jupyter:` instead",
    "port_retries": _LEAVE,
    "base_url": "use `base_url:` under `jupyter:` instead",
    "websocket_url": _LEAVE,
    "default_url": "use `interface:` under `jupyter:` instead",
    "root_dir": _DIRECTORY,
    "notebook_dir": _DIRECTORY,
    "certfile": _TLS,
    "keyfile": _TLS,
    "ssl_options": _TLS,
    "client_ca": _LEAVE,
    # Who gets in.
    "password": _SIGN_IN,
    "token": _SIGN_IN,
    "hashed_password": _SIGN_IN,
    "password_required": _SIGN_IN,
    "allow_password_change": _SIGN_IN,
    "identity_provider_class": _SIGN_IN,
    "login_handler_class": _SIGN_IN,
    "logout_handler_class": _SIGN_IN,
    "authorizer_class": _LEAVE,
    "authenticate_prometheus": _LEAVE,
    "extra_static_paths": _LEAVE,
    "allow_unauthenticated_access": _LEAVE,
    "allow_remote_access": _LEAVE,
    "allow_root": _LEAVE,
    "disable_check_xsrf": _LEAVE,
    "local_hostnames": _LEAVE,
    "cookie_name": _LEAVE,
    "cookie_options": _LEAVE,
    "cookie_secret": _LEAVE,
    "cookie_secret_file": _LEAVE,
    "get_secure_cookie_kwargs": _LEAVE,
    "secure_cookie": _LEAVE,
    # All of these at once: what they hold is taken as it is by the web server, or from another file.
    "tornado_settings": _LEAVE,
    "settings": _LEAVE,
    "config_file": _LEAVE,
    "config_file_name": _LEAVE,
    "generate_config": _LEAVE,
    "jpserver_extensions": _LEAVE,
    "open_browser": _LEAVE,
    # Where kernels run, how they talk, and when they end.
    "runtime_dir": _LEAVE,
    "transport": _LEAVE,
    "connection_file": _LEAVE,
    "kernel_manager_class": _LEAVE,
    "default_kernel_name": _LEAVE,
    "shutdown_wait_time": _LEAVE,
    "cull_idle_timeout": _IDLE,
    "cull_busy": _IDLE,
    "cull_connected": _IDLE,
}
# Whole: our sign-in and its parents, the messages' signatures, kernels elsewhere, the server's old name, and what every
# class inherits.
MANAGED_CLASSES: Mapping[str, str] = {
    "SignIn": _SIGN_IN,
    "PasswordIdentityProvider": _SIGN_IN,
    "LegacyIdentityProvider": _SIGN_IN,
    "IdentityProvider": _SIGN_IN,
    "Session": _LEAVE,
    "GatewayClient": "delete it: kernels run on the host",
    "NotebookApp": "write its options under `ServerApp:`",
    "Configurable": "name the class itself that has this option",
    "LoggingConfigurable": "name the class itself that has this option",
    "SingletonConfigurable": "name the class itself that has this option",
}

# As traitlets tells them apart: below a class, a name with a capital would be a class again.
_CLASS = re.compile(r"[A-Z][A-Za-z0-9_]*", re.ASCII)
_OPTION = re.compile(r"[a-z_][A-Za-z0-9_]*", re.ASCII)


def check_options(extra: Mapping[str, Mapping[str, Any]]) -> None:
    refusals = [refusal for name, options in extra.items() for refusal in _of_class(name, options)]
    if refusals:
        raise refuse_each(refusals)


def _of_class(name: str, options: Mapping[str, Any]) -> Iterator[Refusal]:
    if name in MANAGED_CLASSES:
        yield Refusal(f"`{name}` is not yours to set here", MANAGED_CLASSES[name], at=(name,))
        return
    if not _is_name(name, _CLASS):
        yield Refusal("not the name of a class of Jupyter", "write its name alone", at=(name,))
    yield from filter(None, (_option(name, *item) for item in options.items()))


def _is_name(text: str, form: re.Pattern[str]) -> bool:
    """Of what can stand after a dot in Python, the language of Jupyter's configuration."""
    return form.fullmatch(text) is not None and not iskeyword(text)


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict | list):
        return all(map(_is_finite, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, float) or isfinite(value)


def _option(name: str, option: str, value: Any) -> Refusal | None:
    if option in MANAGED:
        return Refusal(f"`{name}.{option}` is not yours to set here", MANAGED[option], at=(name, option))
    if not _is_name(option, _OPTION):
        what = f"not the name of an option of `{name}`" if _is_name(name, _CLASS) else "not a name"
        return Refusal(what, "write its name alone", at=(name, option))
    if not _is_finite(value):
        return Refusal("a number without end", "write a number", at=(name, option))
    return None
