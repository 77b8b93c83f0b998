"""Take away everything that we ever put on a host; the owners' files stay."""

import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

from statafleet_sent.parts import host
from statafleet_sent.programs.observe import installed_units

KEPT_BY_SYSTEMD = ("/run/stata-fleet", "/var/lib/stata-fleet", "/var/cache/stata-fleet")


def main(payload: dict[str, Any]) -> None:
    root = Path(payload["root"]).expanduser()
    if payload["scope"] == "system":
        remove_units()
        for folder in KEPT_BY_SYSTEMD:
            shutil.rmtree(folder, ignore_errors=True)
    else:
        end_supervisor(root)
    shutil.rmtree(root, ignore_errors=True)
    host.report(left=[str(root)] if root.exists() else [])


def remove_units() -> None:
    folder = Path("/etc/systemd/system")
    for owner in installed_units():
        if owner:
            host.run(
                "systemctl",
                "disable",
                "--quiet",
                "--now",
                f"stata-fleet@{owner}.service",
                check=False,
            )
            (folder / f"stata-fleet@{owner}.service.d").unlink(missing_ok=True)
    (folder / "stata-fleet@.service").unlink(missing_ok=True)
    host.run("systemctl", "daemon-reload")


def end_supervisor(root: Path) -> None:
    """SIGTERM ends its servers with it."""
    pid = host.supervisor(root)
    if not pid:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 40
    while pid in host.parents() and time.monotonic() < deadline:
        time.sleep(0.1)
