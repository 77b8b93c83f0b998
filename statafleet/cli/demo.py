"""`make demo`: the shipped inventory on this machine, with the stand-in where there is no Stata."""

import json
import sys
from pathlib import Path

from statafleet_sent.parts import machine

from statafleet import carried
from statafleet.cli import pyinfra_process
from statafleet.layout import USER_ROOT

STAND_IN = carried.folder("stand_in") / "stata-mp"


def start() -> int:
    data = []
    if not machine.stata("auto").found:
        print(
            f"There is no Stata on this machine ({machine.STATA_PLACES}). The demo uses a stand-in for its console\n"
            f"instead, {STAND_IN}: it is not Stata, and knows a few of its commands.\n",
            flush=True,  # before what pyinfra prints, also into a file
        )
        data = [f"stata.path={STAND_IN}"]
    status = pyinfra_process.run(carried.folder("deploy.py"), data=data)
    if status == 0:
        print(how_to_sign_in())
    return status


def how_to_sign_in() -> str:
    """The address and the token, from the file in which Jupyter tells them to the server's owner."""
    runtime = Path(USER_ROOT).expanduser() / "run"
    newest = max(runtime.glob("jpserver-*.json"), key=lambda path: path.stat().st_mtime)
    server = json.loads(newest.read_text())
    sign_in = f"with the token {server['token']}" if server["token"] else "with the password of your settings"
    return f"\nOpen   {server['url']}\nSign in {sign_in}\nEnd it with `make demo-stop`."


def stop() -> int:
    return pyinfra_process.run(pyinfra_process.DEPLOYS / "remove.py")


if __name__ == "__main__":
    sys.exit({"start": start, "stop": stop}[sys.argv[1]]())
