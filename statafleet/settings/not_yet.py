"""Settings that are understood and not yet put on hosts: delete a line to turn one on."""

from __future__ import annotations

NOT_SUPPORTED_YET = {
    "jupyter.bind=socket": "a unix socket is not supported yet",
    "jupyter.bind=ADDRESS": "an address other than 127.0.0.1 is not supported yet",
    "jupyter.tls": "a certificate is not supported yet",
    "service=systemd-user": "units of a user's own systemd are not supported yet",
    "scope=user": "`scope: user` is not supported yet on a host other than @local",
    "stata.kernel=nbstata": "nbstata is not supported yet",
    "index.wheelhouse": "a wheelhouse is not supported yet",
}
