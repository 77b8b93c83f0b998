"""A release is named by its contents; a server's digest by what needs a restart, and by nothing else."""

import hashlib
import io
import json
import tarfile
from dataclasses import replace
from typing import Any

import pytest

from statafleet.desired.release import Release, archive, release
from statafleet.secrets.secret import Hash, KeyPair, Secret, SignIn, Token
from tests.unit.lab import CONSOLE, HASH, OTHER_HASH, TOKEN, Servers, answers_of, lab, made

SECRETS = "hunter2"


def with_secrets(**secrets: SignIn) -> Release:
    host = lab()
    return release(host, answers_of(host, secrets={"alice": Hash(HASH), "bob": Token(TOKEN), **secrets}))


def members(wanted: Release) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(archive(wanted))) as opened:
        return {member.name: member for member in opened.getmembers()}


def test_the_same_settings_give_the_same_bytes() -> None:
    first, second = made(), made()

    assert first.id == second.id
    assert archive(first) == archive(second)


def test_the_order_of_servers_and_of_keys_makes_no_other_release() -> None:
    extra = {"ServerApp": {"a_b": 1, "c_d": 2}, "ContentsManager": {"allow_hidden": True}}
    turned = {"ContentsManager": {"allow_hidden": True}, "ServerApp": {"c_d": 2, "a_b": 1}}

    one = made({"alice": {"port": 8888, "extra": extra}, "bob": {"port": 8889}})
    other = made({"bob": {"port": 8889}, "alice": {"extra": turned, "port": 8888}})

    assert one.id == other.id


def test_the_manifest_names_every_other_file_and_gives_the_release_its_id() -> None:
    wanted = made()

    manifest, *others = wanted.files
    entries = json.loads(manifest.content)["files"]

    assert [entry["path"] for entry in entries] == [file.path for file in others]
    assert [entry["sha256"] for entry in entries] == [file.sha256 for file in others]
    assert hashlib.sha256(manifest.content.encode()).hexdigest().startswith(wanted.id)


@pytest.mark.parametrize(
    "changed",
    [
        made({"alice": {"port": 9000}, "bob": {"port": 8889}}),
        made({"alice": {"port": 8888}}),
        made(jupyter={"limits": {"memory": "8G"}}),
        made(jupyter={"extra": {"ContentsManager": {"allow_hidden": True}}}),
        made(stata={"settings": {"graph_format": "png"}}),
        made(stata={"settings": {"graph_width": 800}}),
        with_secrets(bob=Hash(HASH), alice=Hash(OTHER_HASH)),
    ],
    ids=["port", "fewer servers", "limits", "extra", "graph format", "graph width", "password"],
)
def test_another_content_is_another_release(changed: Release) -> None:
    assert changed.id != made().id


def test_a_mode_is_part_of_a_release() -> None:
    manifest = json.loads(made().files[0].content)

    modes = {entry["mode"] for entry in manifest["files"] if entry["path"].startswith("secrets/")}

    assert modes == {"600"}


def digest(servers: Servers | None = None, **settings: Any) -> str:
    return made(servers, **settings).servers["alice"].digest


@pytest.mark.parametrize(
    "own",
    [
        {"port": 9000},
        {"limits": {"memory": "8G"}},
        {"limits": {"cpus": 0.5}},
        {"limits": {"tasks": 64}},
        {"interface": "notebook"},
        {"base_url": "/alice/"},
        {"directory": "~/work"},
        {"directory": "/data"},
        {"idle": {"cull_kernels_after": "12h"}},
        {"extra": {"ContentsManager": {"allow_hidden": True}}},
        {"bind": "socket"},
    ],
    ids=str,
)
def test_what_needs_a_restart_changes_that_servers_digest_alone(own: dict[str, Any]) -> None:
    before = made()

    after = made({"alice": {"port": 8888, **own}, "bob": {"port": 8889}})

    assert after.servers["alice"].digest != before.servers["alice"].digest
    assert after.servers["bob"].digest == before.servers["bob"].digest


def test_a_new_password_restarts_nobody_and_is_told_to_that_server_alone() -> None:
    before, after = with_secrets(), with_secrets(alice=Hash(OTHER_HASH))

    assert after.id != before.id
    assert {owner: each.digest for owner, each in after.servers.items()} == {
        owner: each.digest for owner, each in before.servers.items()
    }
    assert after.servers["alice"].sign_in != before.servers["alice"].sign_in
    assert after.servers["bob"] == before.servers["bob"]


def test_nothing_that_everybody_may_read_tells_who_shares_a_secret() -> None:
    shared = Hash(HASH)

    wanted = with_secrets(alice=shared, bob=shared)

    assert wanted.servers["alice"].sign_in != wanted.servers["bob"].sign_in
    digest = hashlib.sha256(HASH.encode()).hexdigest()
    assert {(file.path, file.mode) for file in wanted.files if digest in file.content} == {("manifest.json", 0o600)}


def test_another_environment_for_the_server_changes_its_digest() -> None:
    host = lab()
    before, after = (release(host, answers_of(host, python_version=version)) for version in ("3.11", "3.12"))

    assert before.servers["alice"].digest != after.servers["alice"].digest


def test_what_only_the_kernel_uses_restarts_nobody() -> None:
    host = lab()

    wanted = [
        made(),
        made(stata={"settings": {"graph_format": "png"}}),
        made(packages={"kernel": "scipy==1.0\n"}),
        release(host, answers_of(host, stata="/opt/stata19/stata-se")),
    ]

    assert len({each.id for each in wanted}) == 4
    assert {each.servers["alice"].digest for each in wanted} == {digest()}


def test_further_packages_of_the_server_restart_it() -> None:
    assert digest(packages={"server": "scipy==1.0\n"}) != digest()


@pytest.mark.parametrize("restart", ["now", "never"])
def test_when_to_restart_is_no_reason_for_a_restart(restart: str) -> None:
    assert made(jupyter={"restart": restart}).id == made().id


def test_where_a_password_comes_from_makes_no_other_release() -> None:
    wanted = {made(jupyter={"password": {"env": name}}).id for name in ("ONE", "OTHER")}

    assert wanted == {made().id}


def test_secrets_are_closed_to_all_but_their_owner_in_the_archive() -> None:
    found = members(with_secrets())

    secret = {name: member for name, member in found.items() if name.split("/")[0] == "secrets"}
    assert {member.mode for member in secret.values() if member.isdir()} == {0o700}
    assert {member.mode for member in secret.values() if member.isfile()} == {0o600}
    assert {"secrets", "secrets/alice", "secrets/alice/secret", "secrets/bob/secret"} <= secret.keys()


def test_the_archive_belongs_to_nobody_and_to_no_time() -> None:
    assert {(each.uid, each.gid, each.uname, each.mtime) for each in members(with_secrets()).values()} == {
        (0, 0, "", 0)
    }


def test_no_file_outside_the_secrets_tells_a_hash_or_a_token() -> None:
    wanted = with_secrets()
    public = [file for file in wanted.files if not file.path.startswith("secrets/")]

    told = [file.path for file in public if HASH in file.content or SECRETS in file.content]

    assert told == []
    assert any(HASH in file.content for file in wanted.files)
    assert any(SECRETS in file.content for file in wanted.files)


def test_a_certificates_key_is_a_secret() -> None:
    host = lab({"alice": {"bind": "192.0.2.1", "tls": {"certificate": "a.crt", "key": "a.key"}}})
    wanted = release(host, answers_of(host, tls={"alice": KeyPair("CERTIFICATE", Secret("hunter2"))}))

    holders = [file for file in wanted.files if SECRETS in file.content]

    assert [(file.path, file.mode) for file in holders] == [("secrets/alice/tls.key", 0o600)]


@pytest.mark.parametrize("where", ["", "host:"])
def test_a_renewed_certificate_restarts_nobody_and_is_told_to_its_server(where: str) -> None:
    host = lab({"alice": {"bind": "192.0.2.1", "tls": {"certificate": f"{where}/a.crt", "key": f"{where}/a.key"}}})
    pairs = [{"alice": KeyPair(each, Secret("key"))} for each in ("1", "2")]
    known = [{"tls_digests": {"alice": each}} if where else {"tls": pairs[int(each) - 1]} for each in ("1", "2")]

    first, second = (release(host, answers_of(host, **each)) for each in known)

    assert first.id != second.id
    assert first.servers["alice"].digest == second.servers["alice"].digest
    assert first.servers["alice"].certificate != second.servers["alice"].certificate


def test_neither_the_description_nor_any_print_of_a_release_tells_a_secret() -> None:
    wanted = with_secrets()

    shown = json.dumps(wanted.description) + repr(wanted) + repr(wanted.files)

    assert HASH not in shown
    assert SECRETS not in shown
    assert wanted.description["servers"]["alice"]["sign-in"] == "password"
    assert wanted.description["servers"]["bob"]["sign-in"] == "token"


def test_without_stata_there_is_jupyter_alone() -> None:
    host = lab()
    wanted = release(host, answers_of(host, stata=""))

    assert list(wanted.environments) == ["server"]
    assert {file.path for file in wanted.files if "kernel" in file.path} == {
        "kernels/start.py",
        "servers/alice/kernels/python3/kernel.json",
        "servers/bob/kernels/python3/kernel.json",
    }
    assert CONSOLE not in "".join(file.content for file in wanted.files)


def test_a_user_without_root_gets_supervisor_and_no_unit() -> None:
    host = lab({"alice": {}}, scope="user")
    wanted = release(host, answers_of(host))

    paths = {file.path for file in wanted.files}
    assert "supervisord.conf" in paths
    assert not any(path.startswith("units/") for path in paths)


def test_an_environment_is_named_by_all_that_is_in_it() -> None:
    host = lab()
    answers = answers_of(host)
    others = [
        replace(answers, python="/opt/python3"),
        replace(answers, python_version="3.12"),
        replace(answers, machine="aarch64"),
    ]

    names = {release(host, each).environments["server"].id for each in (answers, *others)}

    assert len(names) == 4
    assert all(name.startswith("server-3.1") for name in names)
