"""Put a release into a folder, as a run puts it on a host."""

import base64
from pathlib import Path

from statafleet_sent.parts import release as on_host
from statafleet_sent.wire import LeaseWanted, SwitchQuestion

from statafleet.desired.release import Release, archive, release
from tests.unit.lab import answers_of, lab


def wanted(port: int = 8888) -> Release:
    """For one server of root's."""
    host = lab({"root": {"port": port}}, scope="user")
    return release(host, answers_of(host))


def put(root: Path, port: int = 8888) -> Release:
    made = wanted(port)
    on_host.put(root, made.id, archive(made))
    return made


def switching(root: Path, lease: LeaseWanted, port: int = 8888) -> SwitchQuestion:
    made = wanted(port)
    return SwitchQuestion(str(root), lease, made.id, base64.b64encode(archive(made)).decode())
