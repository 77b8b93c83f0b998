"""What can be made of a host, and every reason why not."""

from dataclasses import replace
from typing import Any

import pytest
from statafleet_sent.wire import Account, Certificate, Changeable, Console, Interpreter, Observed, PortHolder, Running

from statafleet.desired.release import release
from statafleet.observed import survey
from statafleet.report.finding import Level
from statafleet.report.words import line
from statafleet.secrets.secret import Hash
from statafleet.settings.model.fleet import HostSettings
from tests.unit.lab import CONSOLE, HASH, answers_of, empty, installed, lab, made

ALICE = {"alice": {"port": 8888}}
NGINX = PortHolder(8888, 7, "nginx", "www", "127.0.0.1:8888")
HOMELESS = Account("alice", 1000, "/home/alice", has_home=False)


def seen(settings: HostSettings | None = None, **other: Any) -> Observed:
    return replace(empty(answers_of(settings or lab(ALICE))), **other)


def reasons(settings: HostSettings | None = None, **other: Any) -> list[str]:
    """Against the host, and then against single servers."""
    named, there = settings or lab(ALICE), seen(settings, **other)
    found = [*survey.refusals(named, there), *survey.owner_refusals(named, there)]
    assert {finding.level for finding in found} <= {Level.REFUSED}
    return [line(finding) for finding in found]


def warnings(settings: HostSettings | None = None, **other: Any) -> list[str]:
    found = list(survey.warnings(settings or lab(ALICE), seen(settings, **other)))
    assert {finding.level for finding in found} <= {Level.WARNING}
    return [line(finding) for finding in found]


def test_an_ordinary_host_has_no_reason_against_it() -> None:
    assert reasons() == []
    assert warnings() == []


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"is_root": False}, "`scope: system` needs root"),
        ({"has_systemd": False}, "`scope: system` needs systemd"),
        ({"python": Interpreter("/usr/bin/python3", "3.15")}, "Python 3.15 is newer than 3.14"),
        ({"machine": "riscv64"}, "the processor is riscv64; supported: x86_64, aarch64"),
        ({"free_bytes": 3_000_000}, "/opt/stata-fleet has 3 MB left; a first run needs 1000 MB"),
        ({"accounts": {"alice": None}}, "alice: there is no such account on this host"),
        (
            {"accounts": {"alice": Account("alice", 1000, "/home/alice", has_home=False)}},
            "alice: the home folder /home/alice does not exist",
        ),
        ({"missing_folders": {"alice": "/data"}}, "alice: the folder /data is not on this host"),
        (
            {"changeable": {"/opt/stata-fleet": Changeable("/opt", "group staff")}},
            "/opt can be changed by group staff, and root would run what is in /opt/stata-fleet",
        ),
    ],
)
def test_a_host_that_cannot_be_worked_on_says_why(other: dict[str, Any], reason: str) -> None:
    (found,) = reasons(**other)

    assert found.startswith(reason)


def test_every_reason_is_named_at_once() -> None:
    assert len(reasons(is_root=False, has_systemd=False, machine="s390x", accounts={"alice": None})) == 4


def test_a_host_with_a_release_needs_no_room_for_a_first() -> None:
    assert reasons(free_bytes=3_000_000, installed=installed(made(ALICE))) == []


def test_without_root_there_is_a_server_for_the_account_that_connects_alone() -> None:
    host = lab({"admin": {}, "alice": {}}, scope="user")

    assert reasons(host) == ["`scope: user` serves the account we connect as, admin, and not alice"]
    assert reasons(lab({"admin": {}}, scope="user")) == []


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (NGINX, "alice: port 8888 is taken by nginx (pid 7, account www)"),
        (replace(NGINX, pid=0), "alice: port 8888 is taken by a program of account www"),
    ],
)
def test_a_port_that_somebody_else_has_is_named_with_who(holder: PortHolder, words: str) -> None:
    (found,) = reasons(port_holders=(holder,))

    assert found.startswith(words)


def test_a_server_on_a_socket_needs_no_port() -> None:
    host = lab({"alice": {"bind": "socket"}})

    assert reasons(host, port_holders=(NGINX,)) == []


def test_a_path_too_long_for_a_socket_is_refused_before_a_server_fails_of_it() -> None:
    (found,) = reasons(lab({"admin": {}}, scope="user"), root="/home/" + "x" * 80)

    assert found.startswith("admin: ")
    assert "at most 107" in found


ON_HOST = {"bind": "192.0.2.1", "tls": {"certificate": "host:/etc/tls/lab.crt", "key": "host:/etc/tls/lab.key"}}


def test_a_certificate_on_the_host_that_no_server_can_use_is_refused_with_the_reason() -> None:
    host = lab({"alice": ON_HOST})

    (found,) = reasons(host, tls_on_host={"alice": Certificate(wrong="key values mismatch")})

    assert found.startswith(
        "alice: the certificate /etc/tls/lab.crt on this host cannot be used with its key: key values mismatch; "
    )
    assert reasons(host, tls_on_host={"alice": Certificate("PEM")}) == []


def test_a_certificate_whose_way_somebody_can_change_is_refused() -> None:
    by_bob = {"/etc/tls/lab.key": Changeable("/etc/tls", "bob")}

    (found,) = reasons(lab({"alice": ON_HOST}), tls_on_host={"alice": Certificate()}, changeable=by_bob)

    assert found.startswith("alice: /etc/tls, which leads to /etc/tls/lab.key, can be changed by bob; ")


@pytest.mark.parametrize("folder", ["/home/lab/project", "/home/alice"])
def test_a_folder_is_refused_where_systemd_would_show_whatever_somebody_puts_there(folder: str) -> None:
    host, by_bob = lab({"alice": {"directory": "/home/lab/project"}}), {folder: Changeable("/home/lab", "bob")}

    (found,) = reasons(host, hidden=("/home/lab/project", "/home/alice"), changeable=by_bob)

    assert found.startswith(f"alice: /home/lab, which leads to {folder}, can be changed by bob; ")
    assert reasons(host, hidden=(), changeable=by_bob) == []


def test_a_folder_that_is_taken_away_from_a_running_server_keeps_no_new_password_from_it() -> None:
    assert reasons(missing_folders={"alice": "/data"}, servers={"alice": Running(pid=7)}) == []
    assert len(reasons(missing_folders={"alice": "/data"}, servers={"alice": Running()})) == 1


def test_what_is_said_against_one_server_leaves_the_others() -> None:
    host = lab()
    there = seen(host, accounts={"alice": None, "bob": Account("bob", 1001, "/home/bob", has_home=True)})

    refused = list(survey.owner_refusals(host, there))

    assert list(survey.refusals(host, there)) == []
    assert [server.owner for server in survey.served(host, refused).servers] == ["bob"]
    assert not survey.nobody_left(survey.served(host, refused), refused, there)


def test_a_host_without_any_server_to_make_is_left_alone_but_for_what_was_put_there() -> None:
    host = lab(ALICE)
    there = seen(host, accounts={"alice": None})
    refused = list(survey.owner_refusals(host, there))

    assert survey.nobody_left(survey.served(host, refused), refused, there)
    assert not survey.nobody_left(survey.served(host, refused), refused, seen(host, installed=installed(made(ALICE))))


def test_a_stata_that_somebody_can_change_is_warned_of() -> None:
    (found,) = warnings(changeable={CONSOLE: Changeable("/usr/local/stata18", "bob")})

    assert found.startswith(f"/usr/local/stata18 can be changed by bob, and the kernels of all owners run {CONSOLE}; ")


def test_a_sudo_that_records_what_is_sent_is_warned_of() -> None:
    (found,) = warnings(sudo_logs_input=True)

    assert found.startswith("sudo on this host may record what programs read (log_input)")


def test_a_server_of_root_is_warned_of() -> None:
    (found,) = warnings(accounts={"alice": Account("alice", 0, "/root", has_home=True)})

    assert found.startswith("alice: a Jupyter server of root can do anything")


def test_a_python_whose_packages_have_holes_is_warned_of() -> None:
    (found,) = warnings(python=Interpreter("/usr/bin/python3", "3.10"))

    assert found.startswith("Python 3.10: ")


def test_without_stata_it_is_said_and_jupyter_alone_is_made() -> None:
    host = lab(ALICE)
    there = seen(stata=Console("", found=False))

    (found,) = survey.warnings(host, there)

    assert line(found).startswith("Jupyter only: no Stata in ")
    assert len(release(host, survey.answers(host, there, {"alice": Hash(HASH)}, {})).environments) == 1


def test_who_wants_no_stata_is_not_told_of_any() -> None:
    host = lab(ALICE, stata={"kernel": "none"})

    assert warnings(host, stata=Console("", found=False)) == []
    assert survey.answers(host, seen(host), {"alice": Hash(HASH)}, {}).stata == ""


def test_what_the_host_answered_is_what_its_release_depends_on() -> None:
    host = lab(ALICE)

    found = survey.answers(host, seen(), {"alice": Hash(HASH)}, {})

    assert found == answers_of(host)


@pytest.mark.parametrize("scope", ["system", "user"])
def test_a_release_can_be_imagined_without_a_host_and_without_a_secret(scope: str) -> None:
    host = lab({"alice": {"password": {"hash": HASH}}, "bob": {"port": 8889}}, scope=scope)

    imagined = release(host, survey.imagined(host))

    secrets = {file.path: file.content for file in imagined.files if file.path.endswith("/secret")}
    assert secrets == {"secrets/alice/secret": "*****", "secrets/bob/secret": "token:*****"}
    assert HASH not in "".join(file.content for file in imagined.files)
