"""What is ours in Jupyter is refused in `jupyter.extra`, under every name that reaches it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.auth.identity import LegacyIdentityProvider
from jupyter_server.extension.application import ExtensionApp, ExtensionAppJinjaMixin
from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager, ServerKernelManager
from pydantic import ValidationError
from statafleet_host.sign_in.form import SignIn
from traitlets.config import Configurable

from statafleet.settings.model.extra import MANAGED
from statafleet.settings.model.jupyter import Jupyter

TEMPLATE = Path(__file__).parents[3] / "templates" / "jupyter_server_config.py.j2"


class LabApp(ExtensionAppJinjaMixin, ExtensionApp):
    """By the name of JupyterLab's own, whose options the notebook's shim gives to the server."""


RUNNING = (ServerApp, SignIn, LegacyIdentityProvider, ServerKernelManager, AsyncMappingKernelManager, LabApp)
# What our configuration writes as a default, and an operator may write otherwise.
OPERATORS = {"allow_origin", "allow_origin_pat", "trust_xheaders", "quit_button", "extension_manager"}


def is_refused(name: str, option: str, value: Any = "x") -> bool:
    try:
        Jupyter(extra={name: {option: value}})
    except ValidationError:
        return True
    return False


def names_of(running: type[Configurable]) -> Iterator[str]:
    """All sections of a configuration that traitlets applies to it."""
    return (kind.__name__ for kind in running.__mro__ if issubclass(kind, Configurable))


def written() -> Iterator[tuple[type[Configurable], str]]:
    """All that our configuration sets on what runs."""
    by_name = {name: running for running in RUNNING for name in names_of(running)}
    for name, option in re.findall(r"^c\.(\w+)\.(\w+) =", TEMPLATE.read_text(), re.MULTILINE):
        if name in by_name and option not in OPERATORS:
            yield by_name[name], option


@pytest.mark.parametrize(("running", "option"), sorted(set(written()), key=str))
def test_what_our_configuration_writes_is_refused_under_every_name_that_reaches_it(
    running: type[Configurable], option: str
) -> None:
    assert [name for name in names_of(running) if not is_refused(name, option)] == []


@pytest.mark.parametrize("running", RUNNING)
def test_every_option_of_ours_is_refused_under_every_class_that_has_it(running: type[Configurable]) -> None:
    ours = [option for option in MANAGED if option in running.class_trait_names()]

    assert ours
    assert [(n, option) for n in names_of(running) for option in ours if not is_refused(n, option)] == []


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("NotebookApp", "ip"),
        ("NotebookApp", "nbserver_extensions"),
        ("LabApp", "ip"),
        ("JupyterNotebookApp", "ssl_options"),
        ("JupyterApp", "config_file"),
        ("ExtensionApp", "settings"),
        ("SignIn", "probe_socket"),
        ("Session", "key"),
        ("ServerApp", "tornado_settings"),
        ("ServerApp", "SignIn"),
        ("serverapp", "ip"),
        ("Configurable", "throttle_file"),
        ("AnyClassOfAPackage", "kernel_manager_class"),
    ],
)
def test_a_promise_is_undone_under_no_other_name(name: str, option: str) -> None:
    assert is_refused(name, option)


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("ContentsManager", "allow_hidden"),
        ("ServerApp", "contents_manager_class"),
        ("S3ContentsManager", "secret_access_key"),
        ("ServerApp", "allow_origin"),
        ("ServerApp", "preferred_dir"),
        ("Application", "log_level"),
        ("TerminalManager", "cull_inactive_timeout"),
    ],
)
def test_what_is_the_operators_passes(name: str, option: str) -> None:
    assert not is_refused(name, option)
