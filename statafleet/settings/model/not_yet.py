"""Settings that are understood and not yet put on hosts: delete a line to turn one on."""

from __future__ import annotations

NOT_SUPPORTED_YET = {
    "service=systemd-user": "units of a user's own systemd are not supported yet",
    "scope=user": "`scope: user` is not supported yet on a host other than @local",
    "stata.kernel=nbstata": "nbstata is not supported yet",
    "index.wheelhouse": "a wheelhouse is not supported yet",
}
