"""The wheels that are brought to a host, and how its uv is told where packages come from."""

import base64
import io
import os
import subprocess
import sys
import tomllib
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from statafleet_sent.wire import UvWheel

from statafleet.sending import wheels
from statafleet.settings.model.packages import Index
from tests.unit.certificate import certificate

SECRET_INDEX = "https://me:hunter2@packages.example.edu/simple"


def settings(*, has_ca_store: bool = False, **given: Any) -> dict[str, Any]:
    return tomllib.loads(wheels.uv_settings(Index.model_validate(given), has_ca_store))


def test_our_own_wheel_is_built_from_its_sources_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    wheels.built_host_wheel.cache_clear()

    ((name, content),) = wheels.host_wheel().items()

    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content))) as opened:
        found = set(opened.namelist())
    assert name.endswith("-py3-none-any.whl")
    assert "statafleet_host/sign_in/form.py" in found
    assert any(path.endswith("/etc/jupyter/jupyter_server_config.d/stata-fleet.json") for path in found)
    assert not any("test" in path or "cache" in path for path in found)


def test_a_host_that_has_this_uv_is_sent_none() -> None:
    folder = f"uv-{wheels.uv_version()}"

    assert wheels.uv("x86_64", ("uv-0.1", folder)) == UvWheel(folder)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the controller downloaded for a processor of this kind; nothing is downloaded now."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    wheels.uv_wheel.cache_clear()
    return tmp_path / "stata-fleet" / f"uv-{wheels.uv_version()}-x86_64"


def test_another_wheel_than_the_locks_is_never_sent(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.mkdir(parents=True)
    wheel = cache / "uv-0-py3-none-any.whl"
    wheel.write_bytes(b"not uv")
    monkeypatch.setattr(wheels, "downloaded", lambda _: wheel)

    with pytest.raises(wheels.NoWheel, match=r"is not the lock's; delete that folder"):
        wheels.uv("x86_64", ())


def test_a_wheel_that_was_spoilt_in_the_cache_is_refused(cache: Path) -> None:
    cache.mkdir(parents=True)
    (cache / f"uv-{wheels.uv_version()}-py3-none-manylinux_2_17_x86_64.whl").write_bytes(b"not uv")

    with pytest.raises(wheels.NoWheel, match="uv's wheel cannot be downloaded here"):
        wheels.uv("x86_64", ())


def test_a_processor_without_a_wheel_is_refused() -> None:
    with pytest.raises(wheels.NoWheel, match=r"the host's processor is riscv64; supported: x86_64, aarch64"):
        wheels.uv("riscv64", ())


def test_uv_copies_and_builds_nothing() -> None:
    assert settings() == {"link-mode": "copy", "python-downloads": "never", "no-build": True}


def test_a_host_with_certificates_of_its_own_trusts_those() -> None:
    assert settings(has_ca_store=True)["system-certs"] is True
    assert settings(ca_bundle="ca.pem")["system-certs"] is True


def test_the_operators_index_takes_the_place_of_the_usual_one() -> None:
    assert settings(url=SECRET_INDEX)["index"] == [{"url": SECRET_INDEX, "default": True}]


def test_a_proxy_is_used_for_both_kinds_of_address() -> None:
    found = settings(proxy="http://proxy.example.edu:3128")

    assert found["https-proxy"] == found["http-proxy"] == "http://proxy.example.edu:3128"


@pytest.mark.parametrize("path", ['"quoted"', "back\\slash", "a'b", "é🐎", '"]\nx=1'.replace("\n", "")])
def test_no_address_breaks_out_of_the_file(path: str) -> None:
    url = f"https://packages.example.edu/{path}"

    found = settings(url=url, proxy=url)

    assert found["index"][0]["url"] == url
    assert found["http-proxy"] == url


def test_uv_itself_understands_every_line(tmp_path: Path) -> None:
    index = Index.model_validate({"url": SECRET_INDEX, "proxy": "http://proxy.example.edu:3128"})
    (tmp_path / "uv.toml").write_text(wheels.uv_settings(index, has_ca_store=True))
    uv = Path(sys.executable).with_name("uv")

    done = subprocess.run(
        [uv, "pip", "list", "--config-file", tmp_path / "uv.toml", "--python", sys.executable],
        capture_output=True,
        text=True,
        env={**os.environ, "UV_CACHE_DIR": str(tmp_path)},
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "uv.toml" not in done.stderr


def test_of_the_operators_file_only_the_certificates_are_sent(tmp_path: Path) -> None:
    first, second = (certificate(datetime.now(UTC), 9) for _ in range(2))
    key = "-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n"
    (tmp_path / "ca.pem").write_text(f"The lab\n{first}{key}password=hunter2\n{second}")

    assert wheels.ca_bundle(Index(ca_bundle=str(tmp_path / "ca.pem"))) == first + second
    assert wheels.ca_bundle(Index()) == ""
