"""How closed the services are, and that nothing but our own configuration opens them."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from .attack import ask, listening
from .fortress import Fortress
from .host import Host
from .poll import until

SCORES = {"alice": 0.8, "bob": 1.8, "carol": 1.8}
REACHES_OUT = """
import socket
try:
    socket.create_connection(("{address}", 22), 5)
    print("open")
except OSError as error:
    print("closed")
"""
# What people's old configurations hold, for each class that any of Jupyter's programs reads it from.
OPEN = """\
import pathlib
with pathlib.Path("~/were-read").expanduser().open("a") as file:
    print(__file__, file=file)
for name in ("ServerApp", "LabApp", "NotebookApp", "JupyterNotebookApp", "ExtensionApp"):
    section = c[name]
    section.ip, section.port, section.port_retries = "0.0.0.0", 9966, 9
    section.token = section.password = ""
    section.disable_check_xsrf = section.allow_remote_access = section.allow_unauthenticated_access = True
    section.allow_origin = "*"
    section.identity_provider_class = "jupyter_server.auth.identity.IdentityProvider"
for name in ("IdentityProvider", "PasswordIdentityProvider", "SignIn"):
    c[name].token = c[name].hashed_password = ""
    c[name].password_required = False
for name in ("KernelManager", "AsyncKernelManager", "AsyncIOLoopKernelManager", "ServerKernelManager"):
    c[name].transport = "tcp"
"""
OPEN_JSON = """\
{"ServerApp": {"ip": "0.0.0.0", "port": 9966, "token": "", "password": "", "disable_check_xsrf": true,
  "allow_origin": "*", "allow_unauthenticated_access": true, "jpserver_extensions": {"statafleet_host": false},
  "identity_provider_class": "jupyter_server.auth.identity.IdentityProvider"},
 "NotebookApp": {"ip": "0.0.0.0", "port": 9966, "token": ""}, "LabApp": {"ip": "0.0.0.0", "port": 9966},
 "IdentityProvider": {"token": ""}, "SignIn": {"hashed_password": "", "token": "", "password_required": false},
 "KernelManager": {"transport": "tcp"}, "ServerKernelManager": {"transport": "tcp"}}
"""
IPC = {'"transport": "ipc"'}
NAMES = ("jupyter_server_config", "jupyter_lab_config", "jupyter_notebook_config", "jupyter_config")
FOLDERS = ("/home/bob/.jupyter", "/etc/jupyter", "/usr/local/etc/jupyter")
FILES = [f"{name}.{kind}" for name in NAMES for kind in ("py", "json")] + ["jupyter_server_config.d/mine.json"]


@pytest.mark.parametrize("owner", SCORES)
def test_the_rendered_unit_passes_systemds_own_analysis(fortress: Fortress, owner: str, tmp_path: Path) -> None:
    units = tmp_path / "etc/systemd/system"
    assert fortress.project.cli("render", "fort", "--to", str(tmp_path / "rendered")).returncode == 0
    shutil.copytree(tmp_path / "rendered/fort/units", units)

    assert analysed(tmp_path, owner, threshold=18)
    assert not analysed(tmp_path, owner, threshold=5)


def analysed(root: Path, owner: str, threshold: int) -> bool:
    words = [
        "systemd-analyze",
        "security",
        "--offline=true",
        f"--root={root}",
        f"--threshold={threshold}",
        "--no-pager",
    ]
    done = subprocess.run([*words, f"stata-fleet@{owner}.service"], capture_output=True, text=True, check=False)
    assert "Overall exposure level" in done.stdout, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("owner", SCORES)
def test_the_running_service_is_as_closed_as_its_profile_says(fortress: Fortress, owner: str) -> None:
    said = fortress.fort.run(f"systemd-analyze security --no-pager stata-fleet@{owner}.service").stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)

    assert found
    assert float(found[1]) <= SCORES[owner]


def test_the_limits_are_on_the_unit(fortress: Fortress) -> None:
    shown = fortress.fort.run("systemctl show -p MemoryMax,CPUQuotaPerSecUSec,TasksMax stata-fleet@alice").stdout

    assert set(shown.split()) == {"MemoryMax=4294967296", "CPUQuotaPerSecUSec=1.500000s", "TasksMax=500"}


def test_only_a_sealed_kernel_reaches_no_other_host(fortress: Fortress) -> None:
    answers = {}
    for owner in ("alice", "bob"):
        with fortress.visit(owner) as visitor:
            fortress.sign_in(visitor, owner)
            kernel = visitor.new_kernel("python3")
            answers[owner] = visitor.run(kernel, REACHES_OUT.format(address=fortress.keep.address)).strip()
            visitor.end_kernel(kernel)

    assert answers == {"alice": "closed", "bob": "open"}


def is_up(host: Host, owner: str) -> bool:
    return ask(host, "root", f"/var/lib/stata-fleet/{owner}/run/probe.sock", "/api", "X-Stata-Fleet-Probe=1") == "200"


@pytest.fixture
def open_configurations(fortress: Fortress) -> Iterator[Host]:
    """bob's ~/.jupyter and the host's own folders open everything in every file that Jupyter reads."""
    host = fortress.fort
    for folder, file in product(FOLDERS, FILES):
        text = OPEN if file.endswith(".py") else OPEN_JSON
        host.write(f"{folder}/{file}", text.encode(), owner="bob")
    host.run("chown -R bob: ~bob/.jupyter; mkdir -p ~bob/.ipython; chown bob: ~bob/.ipython")
    yield host
    host.run(f"rm -rf {' '.join(FOLDERS)} ~bob/.ipython ~bob/were-read; systemctl restart stata-fleet@bob")
    until(lambda: is_up(host, "bob"), "bob's server is up")


def test_no_other_configuration_of_jupyters_outranks_ours(fortress: Fortress, open_configurations: Host) -> None:
    host = open_configurations
    host.run("systemctl restart stata-fleet@bob")
    until(lambda: is_up(host, "bob"), "bob's server is up")

    assert listening(host, "bob") == {"127.0.0.1:8889"}
    assert fortress.project.cli("verify", "--limit", "fort").returncode == 0
    with fortress.visit("bob") as bob:
        assert not bob.may_read()
        assert fortress.sign_in(bob, "bob") == 302
        kernel = bob.new_kernel("python3")
        bob.run(kernel, "print(1)")
        assert (
            set(re.findall(r'"transport": "\w+"', host.run("cat /var/lib/stata-fleet/bob/run/kernel-*.json").stdout))
            == IPC
        )
        assert bob.session.post(f"{bob.origin}/api/kernels", json={}, timeout=30).status_code == 403
        bob.end_kernel(kernel)


def test_these_configurations_do_open_a_server_that_reads_them(open_configurations: Host) -> None:
    """The control: without the service's environment the same Jupyter listens to everybody."""
    host = open_configurations
    host.run("cd; setsid /opt/stata-fleet/environments/server-*/bin/jupyter-lab --no-browser >~/log 2>&1 &", user="bob")
    try:
        until(lambda: "0.0.0.0:9966" in listening(host, "bob"), "it listens on every address", 60)
        read = host.read("/home/bob/were-read").decode()
        assert all(f"{folder}/jupyter_lab_config.py" in read for folder in FOLDERS)
    finally:
        host.run("kill $(ss -ltnpH 'sport = 9966' | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u)")


def test_a_configuration_that_cannot_be_read_stops_the_service(fortress: Fortress) -> None:
    host, file = fortress.fort, "/opt/stata-fleet/current/secrets/bob/jupyter_server_config.py"
    kept = host.read(file)
    host.write(file, kept + b"\nthis is no Python\n", mode=0o600)
    assert listening(host, "bob") == {"127.0.0.1:8889"}
    try:
        host.run("systemctl restart stata-fleet@bob")
        seen: set[str] = set()

        def tried_again() -> bool:
            seen.update(listening(host, "bob"))
            return int(host.run("systemctl show -P NRestarts stata-fleet@bob").stdout) > 1

        until(tried_again, "systemd tries again and again", 120)
        # What systemd holds for it; nobody is behind it.
        assert seen <= {"127.0.0.1:8889"}
        assert not is_up(host, "bob")
    finally:
        host.write(file, kept, mode=0o600)
        host.run("systemctl restart stata-fleet@bob")
        until(lambda: is_up(host, "bob"), "bob's server is up")
