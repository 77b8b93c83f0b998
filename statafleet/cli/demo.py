"""`make demo`: Jupyter on this machine, whatever the inventory says; the stand-in where there is no Stata.

It has a project of its own, `demo/`. Its home on this machine is that of any `scope: user`, so what another project
put there is refused: in the file `demo` stands the release that the demo put there last.
"""

import getpass
import json
import sys
from pathlib import Path

from statafleet_sent.parts import machine

from statafleet import carried
from statafleet.cli import door, pyinfra_process
from statafleet.errors import StataFleetError
from statafleet.inventory.project import THIS_MACHINE
from statafleet.layout import USER_ROOT, Layout
from statafleet.settings.model.names import LOCAL

STAND_IN = carried.folder("stand_in") / "stata-mp"
LAYOUT = Layout(str(Path(USER_ROOT).expanduser()), "user", "supervisor")
ROOT = Path(LAYOUT.root)
OURS = ROOT / "demo"


def start() -> int:
    refuse_what_is_not_ours()
    data = []
    if not machine.stata("auto").found:
        print(
            f"There is no Stata on this machine ({machine.STATA_PLACES}). The demo uses a stand-in for its console\n"
            f"instead, {STAND_IN}: it is not Stata, and knows a few of its commands.\n",
            flush=True,  # before what pyinfra prints, also into a file
        )
        data = [f"stata.path={STAND_IN}"]
    try:
        status = on_this_machine(carried.folder("deploy.py"), *data)
    finally:
        if release := current():
            OURS.write_text(release)
    if status == 0:
        print(how_to_sign_in())
    return status


def stop() -> int:
    refuse_what_is_not_ours()
    if not ROOT.exists():
        print("There is no demo on this machine for this account.")
        return 0
    return on_this_machine(pyinfra_process.DEPLOYS / "remove.py")


def on_this_machine(deploy: Path, *data: str) -> int:
    return pyinfra_process.run(THIS_MACHINE, deploy, limit=[LOCAL], data=data)


def refuse_what_is_not_ours() -> None:
    release = current()
    if release and (not OURS.exists() or OURS.read_text() != release):
        raise StataFleetError(
            f"{ROOT} is there already, and not the demo's: it was left as it is. Use that one, or take it away\n"
            "with `stata-fleet remove --limit @local` in the project that put it there; then there is room for a demo."
        )


def current() -> str:
    """The name of the release in use, or nothing."""
    link = ROOT / "current"
    return link.readlink().name if link.is_symlink() else ""


def how_to_sign_in() -> str:
    """The address and the token, from the file in which Jupyter tells them to the server's owner."""
    runtime = Path(LAYOUT.runtime(getpass.getuser()))
    told = sorted(runtime.glob("jpserver-*.json"), key=lambda path: path.stat().st_mtime)
    if not told:
        raise StataFleetError(f"no server tells its address in {runtime}: it has ended since; run `make demo` again")
    server = json.loads(told[-1].read_text())
    sign_in = f"with the token {server['token']}" if server["token"] else "with the password of your settings"
    return f"\nOpen   {server['url']}\nSign in {sign_in}\nEnd it with `make demo-stop`."


if __name__ == "__main__":
    door.enter({"start": start, "stop": stop}[sys.argv[1]])
