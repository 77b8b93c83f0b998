"""The configuration file as traitlets' own loader reads it, whatever the settings hold."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError
from pydantic import ValidationError
from statafleet_sent.wire import Account
from traitlets.config.loader import Config, PyFileConfigLoader

from statafleet.desired import templates
from statafleet.desired.release import release
from statafleet.secrets.secret import Token
from tests.unit.lab import HASH, TOKEN, answers_of, lab, text

HOSTILE = [
    """it's "quoted" \\ and """ + "\\\\",
    "'''\"\"\"",
    "{{ secret }} {% raw %} {# no #}",
    "%(here)s %n %% $HOME ${HOME} `id`",
    "naïve «數據» 🐎",
    "'); import os; os.abort() #",
]


def config(folder: Path, own: dict[str, Any] | None = None, **known: Any) -> Config:
    """alice's, loaded as Jupyter loads it."""
    host = lab({"alice": own or {}})
    wanted = release(host, answers_of(host, **known))
    for name in ("jupyter_server_config.py", "secret"):
        (folder / name).write_text(text(wanted, f"secrets/alice/{name}"))
    return PyFileConfigLoader("jupyter_server_config.py", path=str(folder)).load_config()


def test_a_server_as_it_is_without_any_setting(tmp_path: Path) -> None:
    made = config(tmp_path)

    assert (made.ServerApp.ip, made.ServerApp.port, made.ServerApp.port_retries) == ("127.0.0.1", 8888, 0)
    assert made.ServerApp.root_dir == "/home/alice"
    assert made.ServerApp.allow_unauthenticated_access is False
    assert made.ServerApp.allow_remote_access is False
    assert made.KernelManager.transport == "ipc"
    assert made.SignIn.probe_by_owner is False
    assert "allow_root" not in made.ServerApp
    assert "MappingKernelManager" not in made


def test_a_password_leaves_no_token(tmp_path: Path) -> None:
    made = config(tmp_path).SignIn

    assert (made.hashed_password, made.password_required, made.token) == (HASH, True, "")


def test_a_token_leaves_no_password(tmp_path: Path) -> None:
    made = config(tmp_path, secrets={"alice": Token(TOKEN)}).SignIn

    assert (made.hashed_password, made.password_required, made.token) == ("", False, TOKEN)


def test_a_socket_is_its_owners_and_no_port_is_opened(tmp_path: Path) -> None:
    made = config(tmp_path, {"bind": "socket"}).ServerApp

    assert (made.sock, made.sock_mode) == ("/run/stata-fleet/alice.sock", "0600")
    assert "port" not in made


def test_an_address_is_served_with_its_certificate(tmp_path: Path) -> None:
    made = config(tmp_path, {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}).ServerApp

    assert made.ip == "192.0.2.1"
    assert made.certfile == "/run/credentials/stata-fleet@alice.service/tls.crt"
    assert made.keyfile == "/run/credentials/stata-fleet@alice.service/tls.key"
    assert made.allow_remote_access is True


def test_browsers_are_sent_to_a_name_that_is_this_servers_alone(tmp_path: Path) -> None:
    for at, own in enumerate(({}, {"bind": "socket"})):
        folder = tmp_path / str(at)
        folder.mkdir()
        assert config(folder, own).SignIn.host_name == "alice-econ1.localhost"


def test_with_a_certificate_browsers_go_to_the_name_that_it_is_for(tmp_path: Path) -> None:
    made = config(tmp_path, {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}})

    assert made.SignIn.host_name == ""


def test_idle_kernels_are_culled_and_busy_ones_never(tmp_path: Path) -> None:
    made = config(tmp_path, {"idle": {"cull_kernels_after": "12h"}}).MappingKernelManager

    assert (made.cull_idle_timeout, made.cull_busy, made.cull_connected) == (43200, False, False)


def test_only_a_server_of_root_is_allowed_to_be_roots(tmp_path: Path) -> None:
    made = config(tmp_path, accounts={"alice": Account("alice", 0, "/root", has_home=True)})

    assert made.ServerApp.allow_root is True
    assert made.ServerApp.root_dir == "/root"


@pytest.mark.parametrize(
    ("written", "folder"), [("~", "/home/alice"), ("~/work", "/home/alice/work"), ("/data", "/data")]
)
def test_the_folder_is_absolute(tmp_path: Path, written: str, folder: str) -> None:
    assert config(tmp_path, {"directory": written}).ServerApp.root_dir == folder


@pytest.mark.parametrize("value", HOSTILE)
def test_no_text_breaks_out_of_the_file(tmp_path: Path, value: str) -> None:
    made = config(tmp_path, {"directory": f"/{value}", "extra": {"LabApp": {"app_name": value}}})

    assert made.ServerApp.root_dir == f"/{value}"
    assert made.LabApp.app_name == value


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(value=values)
def test_an_extra_option_arrives_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    made = config(tmp_path_factory.mktemp("config"), {"extra": {"Plain": {"option": value}}})

    assert made.Plain.option == value


@pytest.mark.parametrize(
    "extra",
    [
        {"Plain": {"option": float("inf")}},
        {"Plain": {"option": [{"deep": float("nan")}]}},
        {"Plain": {"class": 1}},
        {"None": {"option": 1}},
    ],
    ids=str,
)
def test_what_a_configuration_in_python_cannot_say_is_refused_before(extra: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        lab({"alice": {"extra": extra}})


def test_what_a_template_asks_for_and_does_not_get_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="socket"):
        templates.render("jupyter_server_config.py", host="econ1", owner="alice")
