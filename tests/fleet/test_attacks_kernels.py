"""What a neighbour hears of other people's kernels."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .attack import environment, under
from .fortress import Fortress
from .host import Host
from .poll import until
from .visitor import Visitor

MANAGED, CONTROL = "printed-by-a-managed-kernel", "printed-by-a-kernel-on-tcp"
TOKEN = "of-the-control"
ENOUGH = 6


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


def test_a_file_planted_in_a_shared_folder_is_not_run_by_the_stata_kernel(fortress: Fortress) -> None:
    """`python -m` would import it; the folder of a notebook may be writable by others."""
    host = fortress.fort
    planted = "import pathlib; pathlib.Path('/tmp/planted').touch()"
    for name in ("pexpect", "pandas", "ipykernel"):
        host.run(f"mkdir -p /srv/shared && echo {shlex.quote(planted)} >/srv/shared/{name}.py")
    host.run(
        f"cd /srv/shared && {environment(host, 'stata_kernel')}/bin/python -m stata_kernel", user="bob", check=False
    )
    assert host.exists("/tmp/planted"), "what is planted does nothing even to `python -m`"
    host.run("rm /tmp/planted; ln -sfn /srv/shared ~bob/shared")
    with fortress.visit("bob") as bob:
        fortress.sign_in(bob, "bob")
        kernel = bob.new_kernel("stata", path="shared/notebook.ipynb")
        assert "/srv/shared" in bob.run(kernel, "pwd") + host.run("readlink /proc/[0-9]*/cwd").stdout
        assert bob.run(kernel, "display 40 + 2").strip() == "42"
        bob.end_kernel(kernel)

    assert not host.run("find / -xdev -name planted 2>/dev/null", check=False).stdout
