"""(desired, observed) -> the changes. A restart is a change like any other, and comes from the host's state alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from statafleet_sent.wire import Description, HandOver, Observed, Running

from statafleet.changes.kinds import BuildEnvironment, Changes, ServiceStep, SwitchRelease, Telling
from statafleet.desired.answers import Answers
from statafleet.desired.jupyter_config import CERTIFICATE, KEPT, KEY
from statafleet.desired.managers.registry import manager
from statafleet.desired.release import Release, Server
from statafleet.desired.services.server import credentials
from statafleet.report.finding import Finding, Kind, Value
from statafleet.settings.model.jupyter import SOCKET
from statafleet.settings.problems.problem import NOT_SHOWN, is_secret

NOTHING = Running()
NEVER = Description(servers={}, environments={}, stata={})
# In place of a secret's digest, of a server that was told to let nobody sign in.
NO_SIGN_IN = "nobody"


def compare(desired: Release, observed: Observed, answers: Answers) -> Changes:
    return Changes(
        environments=tuple(environments(desired, observed)),
        releases=tuple(releases(desired, observed)),
        tellings=tuple(tellings(desired, observed, answers)),
        services=(*unit_steps(desired, observed, answers), *server_steps(desired, observed)),
        waiting=tuple(waits(desired, observed)),
    )


def environments(desired: Release, observed: Observed) -> Iterator[BuildEnvironment]:
    intact = observed.installed.intact if observed.installed else ()
    known = described(observed).environments.values()
    for made in desired.environments.values():
        if made.id not in intact:
            yield BuildEnvironment(made, repair=made.id in known)


def described(observed: Observed) -> Description:
    return observed.installed.description if observed.installed else NEVER


def releases(desired: Release, observed: Observed) -> Iterator[SwitchRelease]:
    now = observed.installed
    if now is None:
        owners = tuple(sorted(desired.servers)) or ("nobody",)
        yield SwitchRelease(desired, (Finding(Kind.FIRST_RELEASE, values={"owners": owners}),))
    elif now.damaged:
        yield SwitchRelease(desired, (Finding(Kind.CHANGED_BY_HAND, values={"files": now.damaged}),))
    elif now.id != desired.id:
        yield SwitchRelease(desired, differences(desired, observed))


def differences(desired: Release, observed: Observed) -> tuple[Finding, ...]:
    """In what this release is another one, in the words of the settings."""
    before, after = described(observed), Description(**desired.description)
    found = (
        *server_differences(before, after),
        *value_differences(before.stata, after.stata, place="stata."),
        *secret_differences(desired, observed),
        *certificate_differences(desired, observed),
    )
    if found:
        return found
    other = before.environments != after.environments
    return (Finding(Kind.ENVIRONMENTS_CHANGED if other else Kind.FILES_CHANGED),)


def server_differences(before: Description, after: Description) -> Iterator[Finding]:
    old, new = before.servers, after.servers
    for owner in sorted({*old, *new}):
        if owner not in old:
            where = "a socket" if new[owner]["bind"] == SOCKET else f"port {new[owner]['port']}"
            yield Finding(Kind.SERVER_ADDED, owner, where)
        elif owner not in new:
            yield Finding(Kind.SERVER_REMOVED, owner)
        else:
            yield from value_differences(old[owner], new[owner], owner)


def value_differences(
    old: Mapping[str, Any], new: Mapping[str, Any], owner: str = "", place: str = ""
) -> Iterator[Finding]:
    """One for each key that differs; nested keys with dots."""
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from value_differences(was, now, owner, f"{place}{key}.")
        elif was != now:
            values = {"was": shown(key, was), "now": shown(key, now)}
            yield Finding(Kind.SETTING_CHANGED, owner, f"{place}{key}", values)


def shown(key: str, value: object) -> Value:
    """`extra` holds whatever an operator passes to Jupyter, secrets too."""
    if value in (None, "", [], {}):
        return None
    return NOT_SHOWN if is_secret(str(value), (key,)) else str(value)


def secret_differences(desired: Release, observed: Observed) -> Iterator[Finding]:
    """A new password shows in the digest of the secret alone."""
    before = observed.installed.files if observed.installed else {}
    after = {file.path: file.sha256 for file in desired.files}
    for owner in sorted(desired.servers):
        path = f"secrets/{owner}/secret"
        if path in before and before[path] != after.get(path):
            yield Finding(Kind.SECRET_CHANGED, owner)


def certificate_differences(desired: Release, observed: Observed) -> Iterator[Finding]:
    """One that lies on the host shows in no file of a release."""
    for owner, server in sorted(desired.servers.items()):
        if renewed(server, observed.servers.get(owner, NOTHING)):
            yield Finding(Kind.CERTIFICATE_CHANGED, owner)


def renewed(server: Server, running: Running) -> bool:
    """To speak TLS at all, or no more, needs a restart."""
    return bool(running.certificate and server.certificate) and running.certificate != server.certificate


def tellings(desired: Release, observed: Observed, answers: Answers) -> Iterator[Telling]:
    """What a running server is told at once, whoever works on it; one that is restarted or stopped finds it anyway."""
    for owner, running in leavers(desired, observed):
        if running.sessions and running.sign_in != NO_SIGN_IN:
            yield Telling(HandOver(owner, "nobody", NO_SIGN_IN, answers.layout.probe_socket(owner)))
    for owner, server in sorted(desired.servers.items()):
        running = known(owner, observed)
        if running.pid and not restart_due(server, running):
            yield from server_tellings(server, running, answers)


def server_tellings(server: Server, running: Running, answers: Answers) -> Iterator[Telling]:
    owner, files = server.settings.owner, credentials(server.settings, answers)
    at, idle = answers.layout.probe_socket(owner), may_restart(server, running)
    if running.sign_in != server.sign_in:
        yield Telling(HandOver(owner, "secret", server.sign_in, at, (files[KEPT],), idle))
    if renewed(server, running):
        pair = (files[CERTIFICATE], files[KEY])
        yield Telling(HandOver(owner, "certificate", server.certificate, at, pair, idle))


def unit_steps(desired: Release, observed: Observed, answers: Answers) -> Iterator[ServiceStep]:
    """The service manager's own files: systemd's are links into the current release.

    systemd 252 remembers the drop-ins by their times and by the path that `current` led to, so every release that is
    unpacked needs a reload.
    """
    links = list(link_steps(desired, observed, answers))
    stale = any(server.stale for server in observed.servers.values())
    runs = any(server.pid for server in observed.servers.values())
    gone = answers.layout.manager == "supervisor" and bool(desired.servers) and not runs
    if links or stale or gone or any(releases(desired, observed)):
        yield from links
        yield ServiceStep("reload")


def link_steps(desired: Release, observed: Observed, answers: Answers) -> Iterator[ServiceStep]:
    for owner, target in manager(answers.layout).links(desired.servers).items():
        if observed.unit_links.get(owner) != target:
            yield ServiceStep("link", owner)


def server_steps(desired: Release, observed: Observed) -> Iterator[ServiceStep]:
    for owner, running in leavers(desired, observed):
        if not running.sessions:
            yield ServiceStep("stop", owner)
            yield ServiceStep("unlink", owner)
    moved = [owner for owner, server in sorted(desired.servers.items()) if moves(server, known(owner, observed))]
    # All addresses are let go before any is taken, since two servers may have changed theirs with each other.
    yield from (ServiceStep("let-go", owner) for owner in moved)
    for owner, server in sorted(desired.servers.items()):
        running = known(owner, observed)
        if owner in moved:
            yield ServiceStep("listen", owner)
        if running.pid and restart_due(server, running):
            yield ServiceStep("restart", owner)
        if not running.pid or not running.enabled:
            yield ServiceStep("start", owner, runs=bool(running.pid))


def known(owner: str, observed: Observed) -> Running:
    return observed.servers.get(owner, NOTHING)


def moves(server: Server, running: Running) -> bool:
    """Its address is not held yet, or another one is, and it may be stopped for that."""
    return running.socket != server.socket and (not running.pid or restart_due(server, running))


def leavers(desired: Release, observed: Observed) -> Iterator[tuple[str, Running]]:
    """Servers that run or would start at boot and that the settings do not name."""
    for owner in sorted({*observed.servers, *observed.unit_links} - {"", *desired.servers, *desired.kept.owners}):
        yield owner, known(owner, observed)


def restart_due(server: Server, running: Running) -> bool:
    return outdated(server, running) and may_restart(server, running)


def may_restart(server: Server, running: Running) -> bool:
    wanted = server.settings.jupyter.restart
    return wanted == "now" or (wanted == "when-idle" and not running.sessions)


def outdated(server: Server, running: Running) -> bool:
    return running.digest != server.digest or running.socket != server.socket


def waits(desired: Release, observed: Observed) -> Iterator[Finding]:
    for owner, running in leavers(desired, observed):
        if running.sessions:
            yield Finding(Kind.REMOVAL_WAITS, owner, values=counts(running))
    for owner, server in sorted(desired.servers.items()):
        running = known(owner, observed)
        if running.pid and outdated(server, running) and not restart_due(server, running):
            yield Finding(why(server, running), owner, values=counts(running))


def why(server: Server, running: Running) -> Kind:
    """A restart waits. No restart by an owner moves what the service manager holds."""
    if server.settings.jupyter.restart != "never":
        return Kind.RESTART_WAITS
    return Kind.RESTART_IS_THE_OWNERS if running.digest != server.digest else Kind.ADDRESS_WAITS


def counts(running: Running) -> Mapping[str, Value]:
    return {"kernels": running.sessions.kernels, "others": running.sessions.others}
