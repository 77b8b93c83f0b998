"""What stata-fleet puts inside Jupyter on a host: the sign-in, the probe's door, the probe.

Nothing is imported here: Jupyter imports this package to find its extensions, the probe to run.
"""

from __future__ import annotations


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "statafleet_host.sign_in.extension"}]
