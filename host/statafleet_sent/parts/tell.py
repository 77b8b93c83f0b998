"""Tell a running server that another secret or certificate counts, over the probe socket and as root."""

from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path

from statafleet_host import proc
from statafleet_host.probe.client import Way

from statafleet_sent.parts import key_pair, told
from statafleet_sent.parts.told import What
from statafleet_sent.wire import HandOver, Said

SECONDS = 30
# Of what an owner's server makes us say.
LONGEST = 200
PREFIX = "token:"
TO: Mapping[Said, tuple[What, str]] = {
    "secret": ("sign_in", "stata-fleet/secret"),
    "nobody": ("sign_in", "stata-fleet/secret"),
    "certificate": ("certificate", "stata-fleet/certificate"),
}


def tell(root: Path, pid: int, wanted: HandOver) -> str:
    """Why it could not be told; empty when it was, which is noted."""
    what, place = TO[wanted.said]
    try:
        headers = {"X-Stata-Fleet-Probe": "1"}
        uid = proc.uid(pid)
        way = Way("/", "localhost", socket_path=wanted.probe_socket, owner_uid=uid, pid=pid, headers=headers)
        answer = way.send_json("PUT", place, content(wanted), SECONDS)
    except (OSError, HTTPException, ValueError) as error:
        return str(error)[:LONGEST] or type(error).__name__
    if answer.status != 204:
        return f"it answers with HTTP {answer.status}"
    told.note(root, wanted.owner, pid, what, wanted.digest)
    return ""


def content(wanted: HandOver) -> Mapping[str, str]:
    if wanted.said == "nobody":
        return {"hashed_password": "!"}
    texts = [key_pair.text(file) for file in wanted.files]
    if wanted.said == "certificate":
        return dict(zip(("certificate", "key"), texts, strict=True))
    secret = texts[0]
    return {"token": secret.removeprefix(PREFIX)} if secret.startswith(PREFIX) else {"hashed_password": secret}
