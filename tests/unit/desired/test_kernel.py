"""The kernelspec and stata_kernel's configuration, as their readers read them."""

import json
from configparser import ConfigParser
from typing import Any, get_args

import pytest

from statafleet.desired.environments import PYTHONS, lock
from statafleet.desired.kernels.registry import KERNELS
from statafleet.desired.release import release
from statafleet.settings.model.not_yet import NOT_SUPPORTED_YET
from statafleet.settings.model.stata import Stata
from tests.unit.lab import CONSOLE, answers_of, lab, made, text


def settings(stata: str = CONSOLE, **given: Any) -> dict[str, str]:
    """stata_kernel.conf, read as stata_kernel reads it."""
    host = lab({"alice": {}}, stata={"settings": given})
    reader = ConfigParser()
    reader.read_string(text(release(host, answers_of(host, stata=stata)), "servers/alice/stata_kernel.conf"))
    return dict(reader["stata_kernel"])


def test_the_kernels_own_settings_name_the_console_and_a_private_cache() -> None:
    assert settings() == {"stata_path": CONSOLE, "cache_directory": "/var/cache/stata-fleet/alice/stata_kernel"}


def test_the_settings_of_the_user_are_handed_on() -> None:
    given = settings(graph_format="png", graph_scale=1.5, autocomplete_closing_symbol=True, cache_directory="~/cache")

    assert given["graph_format"] == "png"
    assert float(given["graph_scale"]) == 1.5
    assert given["autocomplete_closing_symbol"] == "True"
    assert given["cache_directory"] == "~/cache"


@pytest.mark.parametrize("stata", ["/opt/100%/stata", "/opt/%(cache_directory)s/stata", "/opt/a = b; # c/stata-mp"])
def test_a_path_is_read_back_as_it_is(stata: str) -> None:
    assert settings(stata)["stata_path"] == stata


@pytest.mark.parametrize(("kernel", "environment"), [("stata", "stata_kernel"), ("python3", "server")])
def test_a_kernelspec_starts_the_kernels_own_environment_by_our_program(kernel: str, environment: str) -> None:
    wanted = made()

    spec = json.loads(text(wanted, f"servers/alice/kernels/{kernel}/kernel.json"))

    python = f"/opt/stata-fleet/environments/{wanted.environments[environment].id}/bin/python"
    assert spec["argv"][:2] == [python, "/opt/stata-fleet/current/kernels/start.py"]
    assert spec["argv"][-1] == "{connection_file}"
    assert "IOPubThread" in text(wanted, "kernels/start.py")


@pytest.mark.parametrize("kernel", ["stata", "python3"])
def test_jupyterlab_shows_no_debugger_for_a_kernel_of_ours(kernel: str) -> None:
    spec = json.loads(text(made(), f"servers/alice/kernels/{kernel}/kernel.json"))

    assert not spec.get("metadata", {}).get("debugger", False)


def test_every_kernel_that_can_be_asked_for_is_written_and_has_a_lock_for_each_python() -> None:
    asked = set(get_args(Stata.model_fields["kernel"].annotation)) - {"none"}
    supported = {name for name in asked if f"stata.kernel={name}" not in NOT_SUPPORTED_YET}

    assert KERNELS.keys() == supported
    assert {kernel.name for kernel in KERNELS.values()} == supported
    assert all(lock(name, python) for name in supported for python in PYTHONS)


def test_the_environment_says_what_must_be_completed_in_it() -> None:
    environments = made().environments

    assert environments["stata_kernel"].completion == "stata_kernel"
    assert environments["server"].completion == ""


def test_the_kernel_reads_its_settings_and_asks_no_index() -> None:
    env = json.loads(text(made(), "servers/alice/kernels/stata/kernel.json"))["env"]

    assert env["STATA_KERNEL_GLOBAL_CONFIG_PATH"] == "/opt/stata-fleet/current/servers/alice/stata_kernel.conf"
    assert env["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert env["TERM"]
    assert env["LANG"] == "C.UTF-8"
