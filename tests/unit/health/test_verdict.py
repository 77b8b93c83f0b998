"""What the gate asks, and what a person reads of its answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from statafleet.desired.release import release
from statafleet.health import verdict
from statafleet.secrets.secret import Clear
from tests.unit.lab import CONSOLE, answers_of, lab

NOW = datetime(2026, 11, 23, tzinfo=UTC)
TLS = {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}


def question(own: dict[str, Any] | None = None, *without: str, stata: str = CONSOLE) -> dict[str, Any]:
    host = lab({"alice": own or {}, "bob": {"port": 8889}})
    answers = answers_of(host, stata=stata)
    clear = {"alice": Clear("hunter2")}
    return verdict.question(release(host, answers), answers, clear, without, "me")


def probe(own: dict[str, Any] | None = None, **known: Any) -> dict[str, Any]:
    found: dict[str, Any] = question(own, **known)["probes"]["alice"]
    return found


def test_every_server_is_probed_with_the_servers_own_python() -> None:
    asked = question()

    assert list(asked["probes"]) == ["alice", "bob"]
    assert asked["python"].startswith("/opt/stata-fleet/environments/server-3.11-")
    assert asked["python"].endswith("/bin/python")
    assert asked["who"] == "me"


def test_a_server_that_waits_for_its_restart_is_not_probed() -> None:
    assert list(question(None, "alice")["probes"]) == ["bob"]


def test_a_server_is_asked_at_its_address_with_its_password() -> None:
    asked = probe({"port": 9000, "base_url": "/alice/"})

    assert asked["url"] == "http://127.0.0.1:9000/alice/"
    assert asked["listen"] == ["127.0.0.1:9000"]
    assert asked["password"] == Clear("hunter2")
    assert (asked["kernel"], asked["stata_path"]) == ("stata", CONSOLE)
    assert asked["probe_socket"] == "/run/stata-fleet/alice/probe.sock"


def test_a_password_that_is_known_by_its_hash_alone_is_not_tried() -> None:
    assert question()["probes"]["bob"]["password"] is None


def test_without_stata_no_kernel_is_asked_for() -> None:
    asked = probe(stata="")

    assert (asked["kernel"], asked["stata_path"]) == (None, None)


def test_a_server_on_a_socket_must_listen_on_no_port() -> None:
    asked = probe({"bind": "socket"})

    assert (asked["url"], asked["listen"]) == (None, [])
    assert asked["socket"] == "/run/stata-fleet/alice/jupyter.sock"


@pytest.mark.parametrize(
    ("own", "address"),
    [
        ({}, "http://127.0.0.1:8888/"),
        ({"bind": "::1"}, "http://[::1]:8888/"),
        (TLS, "https://192.0.2.1:8888/"),
        ({"bind": "socket"}, "its socket"),
    ],
)
def test_an_address_is_what_a_person_can_open(own: dict[str, Any], address: str) -> None:
    assert verdict.address(lab({"alice": own}).server("alice").jupyter) == address


GOOD = {"name": "kernel", "ok": True, "saw": "display 1+1 gives 2 in 1.4 s", "fix": ""}
API = {"name": "api", "ok": True, "saw": "Jupyter server 2", "fix": ""}


def judged(*checks: dict[str, Any], stata: dict[str, Any] | None = None, **answer: Any) -> list[tuple[str, str]]:
    host = lab({"alice": {}}, stata=stata or {})
    evidence = {"servers": {"alice": {"ok": True, "checks": list(checks), **answer}}}
    return [(line.level, line.text) for line in verdict.judged(host, evidence, NOW)]


def test_a_server_that_is_well_is_one_line() -> None:
    assert judged(API, GOOD) == [("good", "alice: http://127.0.0.1:8888/ answers; display 1+1 gives 2 in 1.4 s")]


def test_a_server_without_stata_is_well_without_a_kernel() -> None:
    assert judged(API) == [("good", "alice: http://127.0.0.1:8888/ answers; no Stata kernel")]


def test_each_check_that_failed_is_a_line_with_its_mending() -> None:
    bound = {"name": "bound only", "ok": False, "saw": "listens on 0.0.0.0:8888", "fix": "restart the server"}
    strangers = {"name": "refuses strangers", "ok": False, "saw": "HTTP 200", "fix": ""}

    assert judged(API, bound, strangers, GOOD) == [
        ("bad", "alice: bound only: listens on 0.0.0.0:8888; restart the server"),
        ("bad", "alice: refuses strangers: HTTP 200"),
    ]


@pytest.mark.parametrize(("path", "level"), [("auto", "warning"), (CONSOLE, "bad")])
def test_a_dead_stata_fails_the_host_only_where_the_settings_name_it(path: str, level: str) -> None:
    dead = {"name": "kernel", "ok": False, "saw": "no licence", "fix": ""}

    assert judged(API, dead, stata={"path": path}) == [
        (level, "alice: Jupyter only: the Stata kernel does not answer: no licence")
    ]


def certificate(days: float) -> str:
    """PEM of one that ends so many days from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "econ1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (30, []),
        (21.5, []),
        (20.5, [("warning", "alice: the certificate ends on 2026-12-13, in 20 days; renew it")]),
        (0.5, [("warning", "alice: the certificate ends on 2026-11-23, in 0 days; renew it")]),
        (-0.5, [("bad", "alice: the certificate ended on 2026-11-22; renew it")]),
    ],
)
def test_a_certificate_that_ends_is_told_in_time(days: float, told: list[tuple[str, str]]) -> None:
    _, *others = judged(API, GOOD, certificate=certificate(days))

    assert others == told
