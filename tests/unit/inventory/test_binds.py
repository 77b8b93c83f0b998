from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.inventory.conftest import Given


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "lab.crt", folder / "lab.key"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=econ1.lab.example"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o600)
    return certificate, key


def host(jupyter: str) -> str:
    return f"hosts: {{econ1: {{jupyter: {{{jupyter}}}}}}}"


def test_an_address_needs_a_certificate(given: Given) -> None:
    report = given(host("bind: 10.0.0.5")).report()

    assert "jupyter.bind: passwords would cross the network unencrypted" in report
    assert "add `tls:`, or write `bind: 127.0.0.1`" in report


def test_a_certificate_needs_an_address(given: Given) -> None:
    report = given(host("tls: {certificate: 'host:/a', key: 'host:/b'}")).report()

    assert "only an address has use for a certificate" in report


def test_a_sealed_server_needs_a_socket(given: Given) -> None:
    assert "add `bind: socket`" in given(host("profile: sealed, bind: 127.0.0.1")).report()
    assert given(host("profile: sealed, bind: socket")).fleet()
    assert given(host("profile: sealed")).fleet()


def test_a_port_is_refused_where_nothing_says_that_the_server_has_one(given: Given) -> None:
    report = given("hosts: {econ1: {servers: {alice: {port: 8888}}}}").report()

    assert "hosts.econ1.servers.alice.port: a server listens on a socket unless `bind:` says otherwise" in report
    assert "delete this key, or add `bind: 127.0.0.1`" in report
    assert given(host("port: 8888, bind: socket")).fleet()


def test_a_server_listens_on_a_socket_but_in_scope_user_on_a_port(given: Given) -> None:
    fleet = given("hosts: {econ1: {servers: {alice: }}, '@local': {scope: user}}").fleet()

    assert [host.servers[0].jupyter.bind for host in fleet.hosts] == ["socket", "127.0.0.1"]


def test_sockets_do_not_clash(given: Given) -> None:
    fleet = given("hosts: {a: {jupyter: {bind: socket}, servers: {x: , y: }}}").fleet()

    assert len(fleet.hosts[0].servers) == 2


def test_a_certificate_from_the_controller_is_read_at_once(given: Given, pair: tuple[Path, Path]) -> None:
    certificate, key = pair

    fleet = given(host(f"bind: 10.0.0.5, tls: {{certificate: {certificate}, key: {key}}}")).fleet()

    (found,) = fleet.tls.values()
    assert (found.certificate, found.key.reveal()) == (certificate.read_text(), key.read_text())
    assert "PRIVATE" not in repr(fleet)


def test_of_files_with_a_certificate_and_its_key_nothing_else_is_sent(
    given: Given, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    certificate, key = pair
    both = tmp_path / "both.pem"
    both.write_text(f"password: hunter2\n{key.read_text()}{certificate.read_text()}")
    both.chmod(0o600)

    fleet = given(host(f"bind: 10.0.0.5, tls: {{certificate: {both}, key: {both}}}")).fleet()

    (found,) = fleet.tls.values()
    assert (found.certificate, found.key.reveal()) == (certificate.read_text(), key.read_text())


def test_a_file_of_certificates_for_the_index_has_one(given: Given) -> None:
    project = given(
        {"inventory/lab.yml": "hosts: {econ1: {index: {ca_bundle: ca.pem}}}", "inventory/ca.pem": "AWS_SECRET=hunter2"}
    )

    report = project.report()

    assert "index.ca_bundle: no certificate stands in this file" in report
    assert "hunter2" not in report


def test_a_key_of_another_certificate_is_refused(given: Given, pair: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, _ = pair
    other = tmp_path / "other.key"
    subprocess.run(["openssl", "genrsa", "-out", str(other), "2048"], check=True, capture_output=True)
    other.chmod(0o600)

    report = given(host(f"bind: 10.0.0.5, tls: {{certificate: {certificate}, key: {other}}}")).report()

    assert "this certificate and this key cannot be used together" in report


def test_a_key_that_others_can_read_is_refused(given: Given, pair: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = pair
    open_key = tmp_path / "open.key"
    open_key.write_bytes(key.read_bytes())
    open_key.chmod(0o644)

    report = given(host(f"bind: 10.0.0.5, tls: {{certificate: {certificate}, key: {open_key}}}")).report()

    assert f"chmod 600 {open_key}" in report


def test_a_certificate_that_is_not_there_is_named(given: Given) -> None:
    report = given(host("bind: 10.0.0.5, tls: {certificate: nowhere.crt, key: nowhere.key}")).report()

    assert report.count("cannot read this file") == 2


def test_one_on_the_host_and_one_here_is_refused(given: Given) -> None:
    report = given(host("bind: 10.0.0.5, tls: {certificate: 'host:/a.crt', key: b.key}")).report()

    assert "keep both in one place" in report
