"""What starts the servers, as systemd and supervisor read it."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest

from statafleet.desired.managers.systemd import Systemd
from statafleet.desired.release import release
from statafleet.layout import SYSTEM_ROOT, Layout
from tests.unit.lab import answers_of, lab, made, text

ON_HOST = {"certificate": "host:/tls/my 100%.crt", "key": "host:/tls/a.key"}


def drop_in(own: dict[str, Any] | None = None) -> list[str]:
    return text(made({"alice": own or {}}), "units/stata-fleet@alice.service.d/server.conf").splitlines()


def test_the_drop_in_starts_the_servers_environment_and_says_from_what() -> None:
    wanted = made({"alice": {}})
    lines = text(wanted, "units/stata-fleet@alice.service.d/server.conf").splitlines()

    program = f"/opt/stata-fleet/environments/{wanted.environments['server'].id}/bin/jupyter-lab"
    assert f"ExecStart={program} --no-browser" in lines
    assert f'Environment="STATA_FLEET_SERVER={wanted.servers["alice"].digest}"' in lines


def test_the_interface_chooses_the_program() -> None:
    assert any(line.endswith("/bin/jupyter-notebook --no-browser") for line in drop_in({"interface": "notebook"}))


def test_all_links_lead_into_the_current_release() -> None:
    units = "/opt/stata-fleet/current/units"

    assert Systemd(Layout(SYSTEM_ROOT, "system", "systemd")).links(["alice"]) == {
        "": f"{units}/stata-fleet@.service",
        "alice": f"{units}/stata-fleet@alice.service.d",
    }


def test_the_servers_files_reach_it_as_private_copies() -> None:
    tls = {"certificate": "a.crt", "key": "a.key"}
    lines = [line for line in drop_in({"bind": "192.0.2.1", "tls": tls}) if line.startswith("LoadCredential=")]

    secrets = "/opt/stata-fleet/current/secrets/alice"
    names = ["jupyter_server_config.py", "migrated", "secret", "tls.crt", "tls.key"]
    assert lines == [f"LoadCredential={name}:{secrets}/{name}" for name in names]


def test_limits_are_in_the_words_of_systemd() -> None:
    lines = drop_in({"limits": {"memory": "8G", "cpus": 1.5, "tasks": 64}})

    assert {"MemoryMax=8G", "CPUQuota=150%", "TasksMax=64"} <= set(lines)


def test_without_limits_there_are_none() -> None:
    assert not any(line.startswith(("MemoryMax", "CPUQuota", "TasksMax")) for line in drop_in())


def shown(directory: str, *hidden: str) -> list[str]:
    """The lines that show alice's server folders, on a host where systemd hides these."""
    host = lab({"alice": {"directory": directory}})
    wanted = release(host, answers_of(host, hidden=hidden))
    lines = text(wanted, "units/stata-fleet@alice.service.d/server.conf").splitlines()
    return [line for line in lines if line.startswith("BindPaths")]


def test_the_home_and_a_folder_that_systemd_hides_are_shown_to_the_service() -> None:
    assert shown("/home/lab", "/home/alice", "/home/lab") == ['BindPaths="/home/alice"', 'BindPaths="/home/lab"']


def test_what_systemd_does_not_hide_is_there_and_nobodys_link_is_followed_for_it() -> None:
    assert shown("/data/bob", "/home/alice") == ['BindPaths="/home/alice"']
    assert shown("/data/bob") == []


@pytest.mark.parametrize("folder", ["/home/alice", "~/work", "/home/alice/work"])
def test_a_folder_in_the_home_needs_no_line_of_its_own(folder: str) -> None:
    assert sum(line.startswith("BindPaths") for line in drop_in({"directory": folder})) == 1


def test_a_folder_whose_name_only_begins_like_the_home_is_shown_too() -> None:
    assert 'BindPaths="/home/alice2"' in shown("/home/alice2", "/home/alice2")


@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("/data/my work", 'BindPaths="/data/my work"'),
        ("/data/a:/etc", 'BindPaths="/data/a:/etc"'),
        ("/data/100%n", 'BindPaths="/data/100%%n"'),
        ('/data/"x" \\', 'BindPaths="/data/\\"x\\" \\\\"'),
    ],
)
def test_a_folder_with_any_name_stays_one_word_for_systemd(folder: str, line: str) -> None:
    assert shown(folder, folder) == [line]


def test_root_makes_no_folder_for_an_owner_in_one_that_is_the_owners() -> None:
    """The owner would put a link there, and systemd 254 and newer give away all that it leads to."""
    unit = text(made({"alice": {}}), "units/stata-fleet@.service")
    settings = [line.partition("=") for line in unit.splitlines() if re.match(r"\w+Directory=\w", line)]

    assert {(name, value) for name, _, value in settings} == {
        ("StateDirectory", "stata-fleet/%i"),
        ("CacheDirectory", "stata-fleet/%i"),
    }


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
@pytest.mark.parametrize(
    "own",
    [
        {},
        {"limits": {"memory": "8G", "cpus": 1.5, "tasks": 64}},
        {"directory": "/my '\"work%"},
        {"bind": "192.0.2.1", "tls": ON_HOST},
        {"bind": "socket", "profile": "sealed"},
    ],
)
def test_systemd_understands_every_line(tmp_path: Path, own: dict[str, Any]) -> None:
    wanted = made({"alice": own})
    unit = tmp_path / "stata-fleet@alice.service"
    unit.write_text(text(wanted, "units/stata-fleet@.service"))
    folder = tmp_path / "stata-fleet@alice.service.d"
    folder.mkdir()
    (folder / "server.conf").write_text("\n".join(drop_in(own)))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )

    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []


def supervisor() -> RawConfigParser:
    host = lab({"alice": {}}, scope="user")
    answers = answers_of(host)
    reader = RawConfigParser(inline_comment_prefixes=(";",))
    reader.read_string(text(release(host, answers), "supervisord.conf"))
    return reader


def test_supervisor_starts_the_server_when_it_is_told_to() -> None:
    program = supervisor()["program:alice"]

    assert program["command"].endswith("/bin/jupyter-lab --no-browser")
    assert program["autostart"] == "false"
    assert program["autorestart"] == "true"
    assert program["directory"] == "/home/alice"


def test_supervisor_hands_the_server_where_its_files_lie() -> None:
    environment = dict(
        pair.split("=", 1) for pair in supervisor()["program:alice"]["environment"].removesuffix(",").split(",")
    )

    root = "/home/alice/.local/share/stata-fleet"
    assert environment["JUPYTER_CONFIG_PATH"] == f'"{root}/current/secrets/alice"'
    assert environment["JUPYTER_PATH"] == f'"{root}/current/servers/alice"'
    assert environment["STATA_FLEET_OWNER"] == '"alice"'
    assert environment["TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR"] == '"1"'


def test_supervisors_socket_is_closed_to_others() -> None:
    assert supervisor()["unix_http_server"]["chmod"] == "0700"
