"""What a neighbour hears of other people's kernels."""

import json
import shlex
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest

from .attack import environment, listening, under
from .fleet import ATTACKER
from .fortress import Fortress
from .host import Host
from .poll import until
from .visitor import Visitor

MANAGED, CONTROL = "printed-by-a-managed-kernel", "printed-by-a-kernel-on-tcp"
TOKEN = "of-the-control"
ENOUGH = 6
# Where Jupyter looks for kernels besides JUPYTER_PATH and its own environment.
DATA = ("/home/bob/.local/share/jupyter", "/home/bob/.ipython", "/usr/local/share/jupyter", "/usr/share/jupyter")
THEIRS = "import os; os.environ['THEIRS'] = ''; from ipykernel.kernelapp import launch_new_instance as run; run()"


@contextmanager
def tcp_server(fortress: Fortress, host: Host) -> Iterator[Visitor]:
    """What Jupyter does by itself: bob's own server from the same environment, but with kernels on TCP."""
    words = [f"{environment(host)}/bin/jupyter-lab", "--no-browser", "--ServerApp.port=9955"]
    words += [f"--IdentityProvider.token={TOKEN}", "--KernelManager.transport=tcp", "--ServerApp.port_retries=0"]
    host.run(f"setsid {shlex.join(words)} >~/control.log 2>&1 & echo $! >~/control.pid", user="bob")
    try:
        until(lambda: ":9955" in host.run("ss -ltnH").stdout, "the server with TCP kernels listens", 60)
        with fortress.fleet.forward(host, "bob", 9955) as port:
            visitor = Visitor(f"http://127.0.0.1:{port}")
            assert visitor.sign_in(TOKEN).status_code == 302
            yield visitor
    finally:
        host.run("kill $(cat ~bob/control.pid)")


def test_a_neighbour_hears_kernels_on_tcp_and_none_of_ours(
    fortress: Fortress, record_property: Callable[[str, object], None]
) -> None:
    host = fortress.fort
    python = f"{environment(host)}/bin/python"
    asked = {MANAGED: MANAGED, CONTROL: CONTROL}
    with tcp_server(fortress, host) as control, fortress.visit("bob") as bob, fortress.visit("alice") as alice:
        rooms = {control: CONTROL, bob: MANAGED, alice: MANAGED}
        fortress.sign_in(bob, "bob")
        fortress.sign_in(alice, "alice")
        kernels = {room: [(room, room.new_kernel("python3"))] for room in rooms}
        kernels[bob].append((bob, bob.new_kernel("stata")))
        with under(fortress.fleet, host, "eavesdrop", asked, python) as attack:

            def heard() -> bool:
                for room, secret in rooms.items():
                    for _, kernel in kernels[room]:
                        room.run(
                            kernel, f'display "{secret}"' if kernel == kernels[bob][-1][1] else f"print('{secret}')"
                        )
                return len(attack.lines) >= ENOUGH

            until(heard, "mallory hears the kernels on TCP", 60)
            report = attack.end()
        for room, started in kernels.items():
            for _, kernel in started:
                room.end_kernel(kernel)

    record_property("heard", report)
    assert report["heard"][CONTROL] >= ENOUGH
    assert report["heard"][MANAGED] == 0
    assert report["tcp"] > 5


# The modules that each kernel's own start imports first, and what prints 42.
PLANTED = {
    "stata": ("stata_kernel", ("pexpect", "pandas", "ipykernel"), "display 40 + 2"),
    "python3": ("ipykernel_launcher", ("ipykernel_launcher", "ipykernel", "zmq", "debugpy"), "print(40 + 2)"),
}
ENVIRONMENT = {"stata": "stata_kernel", "python3": "server"}


@pytest.fixture
def shared(fortress: Fortress) -> Iterator[str]:
    """A folder that mallory may write to, by its name below bob's."""
    host = fortress.fort
    host.run("install -d -m 1777 /srv/shared && ln -sfn /srv/shared ~bob/shared")
    yield "shared"
    host.run("rm -rf /srv/shared ~bob/shared")


@pytest.mark.parametrize("kernel", PLANTED)
def test_a_file_planted_in_a_shared_folder_is_not_run_by_a_kernel(fortress: Fortress, shared: str, kernel: str) -> None:
    """`python -m` would import it."""
    host, (module, names, code) = fortress.fort, PLANTED[kernel]
    plant(host, names)
    python = f"{environment(host, ENVIRONMENT[kernel])}/bin/python"
    host.run(f"cd /srv/shared && {python} -m {module}", user="bob", check=False)
    assert host.exists("/tmp/planted"), "what is planted does nothing even to `python -m`"
    host.run("rm /tmp/planted")

    with running(fortress, kernel, f"{shared}/notebook.ipynb") as (bob, started):
        assert "/srv/shared" in host.run("readlink /proc/[0-9]*/cwd").stdout
        assert bob.run(started, code).strip() == "42"

    assert not host.run("find / -xdev -name planted 2>/dev/null", check=False).stdout


def test_a_notebook_imports_its_owners_file_from_its_own_folder(fortress: Fortress, shared: str) -> None:
    fortress.fort.write("/srv/shared/mymodule.py", b"answer = 42\n", owner="bob")

    with running(fortress, "python3", f"{shared}/notebook.ipynb") as (bob, kernel):
        assert bob.run(kernel, "import mymodule; print(mymodule.answer)").strip() == "42"


@pytest.fixture
def other_kernelspecs(fortress: Fortress) -> Iterator[None]:
    """Others' python3, wherever Jupyter looks for one; and a kernel of bob's own under another name."""
    host, python = fortress.fort, f"{environment(fortress.fort)}/bin/python"
    theirs = [f"{folder}/kernels/python3" for folder in DATA]
    theirs.append("/home/bob/.local/share/jupyter/kernels/mine")
    argv = [python, "-c", THEIRS, "-f", "{connection_file}"]
    spec = json.dumps({"argv": argv, "display_name": "Theirs", "language": "python"})
    for folder in theirs:
        host.write(f"{folder}/kernel.json", spec.encode(), owner="bob")
    yield
    host.run(f"rm -rf {' '.join(theirs)}")


@pytest.mark.usefixtures("other_kernelspecs")
def test_no_other_kernelspec_takes_the_place_of_ours_and_one_of_the_owners_own_runs(fortress: Fortress) -> None:
    theirs = {}
    for name in ("python3", "mine"):
        with running(fortress, name) as (bob, kernel):
            theirs[name] = bob.run(kernel, "import os; print('THEIRS' in os.environ)").strip()
            specs = bob.get("api/kernelspecs").json()["kernelspecs"]

    assert theirs == {"python3": "False", "mine": "True"}
    assert specs.keys() == {"python3", "stata", "mine"}


@pytest.mark.parametrize("kernel", PLANTED)
def test_a_kernel_listens_on_no_port_even_when_a_debugger_is_asked_for(fortress: Fortress, kernel: str) -> None:
    """host/tests/test_kernel_ports.py has the control: what ipykernel does where debugpy is installed."""
    with running(fortress, kernel) as (bob, started):
        spec = bob.get("api/kernelspecs").json()["kernelspecs"][kernel]["spec"]
        assert not spec["metadata"].get("debugger", False), "JupyterLab would show its debugger"

        bob.ask_for_a_debugger(started)

        assert bob.run(started, PLANTED[kernel][2]).strip() == "42"
        assert listening(fortress.fort, "bob") == {"127.0.0.1:8889"}


def plant(host: Host, names: Iterable[str]) -> None:
    planted = b"import pathlib; pathlib.Path('/tmp/planted').touch()"
    for name in names:
        host.write(f"/srv/shared/{name}.py", planted, owner=ATTACKER)


@contextmanager
def running(fortress: Fortress, name: str, path: str = "") -> Iterator[tuple[Visitor, str]]:
    """A kernel of bob's."""
    with fortress.visit("bob") as bob:
        fortress.sign_in(bob, "bob")
        kernel = bob.new_kernel(name, path=path)
        yield bob, kernel
        bob.end_kernel(kernel)
