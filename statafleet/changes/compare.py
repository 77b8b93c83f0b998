"""(desired, observed) -> the changes. A restart is a change like any other, and comes from the host's state alone."""

from collections.abc import Iterator, Mapping
from typing import Any

from statafleet_sent.wire import Observed, Running, Sessions, plain

from statafleet.changes.kinds import BuildEnvironment, Changes, ServiceStep, SwitchRelease
from statafleet.desired.answers import Answers
from statafleet.desired.release import Release, Server

NOTHING = Running()


def compare(desired: Release, observed: Observed, answers: Answers) -> Changes:
    steps = [*unit_steps(desired, observed, answers), *server_steps(desired, observed)]
    waiting = tuple(waits(desired, observed))
    return Changes(
        environments=tuple(environments(desired, observed)),
        releases=tuple(releases(desired, observed)),
        services=tuple(steps),
        waiting=waiting,
    )


def environments(desired: Release, observed: Observed) -> Iterator[BuildEnvironment]:
    intact = observed.installed.intact if observed.installed else ()
    known = observed.installed.description.environments.values() if observed.installed else ()
    for made in desired.environments:
        if made.id not in intact:
            verb = "repair" if made.id in known else "build"
            yield BuildEnvironment(made, f"{verb} the {made.kind} environment {made.id}")


def releases(desired: Release, observed: Observed) -> Iterator[SwitchRelease]:
    now = observed.installed
    if now is None:
        owners = ", ".join(sorted(desired.servers))
        yield SwitchRelease(desired, (f"first release, with a server for {owners or 'nobody'}",))
    elif now.damaged:
        yield SwitchRelease(desired, (f"put back what was changed by hand: {', '.join(now.damaged)}",))
    elif now.id != desired.id:
        yield SwitchRelease(desired, tuple(differences(desired, observed)))


def differences(desired: Release, observed: Observed) -> Iterator[str]:
    """Why this release is another one, in the words of the settings."""
    if observed.installed is None:
        return
    before, after = plain(observed.installed.description), desired.description
    seen = False
    stata = value_lines(before.get("stata", {}), after["stata"], "stata ")
    for line in (*server_lines(before, after), *stata, *secret_lines(desired, observed)):
        seen = True
        yield line
    if not seen and before.get("environments") != after["environments"]:
        yield "use the new environments"
    elif not seen:
        yield "configuration files as this version of stata-fleet writes them"


def server_lines(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old, new = before.get("servers", {}), after["servers"]
    for owner in sorted({*old, *new}):
        if owner not in old:
            yield f"{owner}: new server on port {new[owner]['port']}"
        elif owner not in new:
            yield f"{owner}: server removed"
        else:
            yield from (f"{owner}: {line}" for line in value_lines(old[owner], new[owner]))


def value_lines(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """`port 8888 → 8890`, nested keys with dots."""
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from value_lines(was, now, f"{prefix}{key}.")
        elif was != now:
            yield f"{prefix}{key} {shown(was)} → {shown(now)}"


def shown(value: object) -> str:
    return "none" if value in (None, "", [], {}) else str(value)


def secret_lines(desired: Release, observed: Observed) -> Iterator[str]:
    """A new password shows in the digest of the secret alone."""
    before = observed.installed.files if observed.installed else {}
    for file in desired.files:
        folder, _, name = file.path.rpartition("/")
        if name == "secret" and file.path in before and before[file.path] != file.sha256:
            yield f"{folder.removeprefix('secrets/')}: new password or token"


def unit_steps(desired: Release, observed: Observed, answers: Answers) -> Iterator[ServiceStep]:
    """The service manager's own files: systemd's are links into the current release.

    systemd 252 remembers the drop-ins by their times and by the path that `current` led to, so every release that is
    unpacked needs a reload.
    """
    links = list(link_steps(desired, observed, answers)) if answers.layout.manager == "systemd" else []
    stale = any(server.stale for server in observed.servers.values())
    idle = answers.layout.manager == "supervisor" and not any(server.pid for server in observed.servers.values())
    if links or stale or idle or any(releases(desired, observed)):
        yield from links
        yield ServiceStep("reload")


def link_steps(desired: Release, observed: Observed, answers: Answers) -> Iterator[ServiceStep]:
    base = f"{answers.layout.root}/current/units"
    wanted = {"": f"{base}/stata-fleet@.service"}
    wanted |= {owner: f"{base}/stata-fleet@{owner}.service.d" for owner in desired.servers}
    for owner, layout in wanted.items():
        if observed.unit_links.get(owner) != layout:
            yield ServiceStep("link", owner)


def server_steps(desired: Release, observed: Observed) -> Iterator[ServiceStep]:
    for owner, running in leavers(desired, observed):
        if not running.sessions:
            yield ServiceStep("stop", owner, f"{owner}: stop the server, which the settings no longer name")
            yield ServiceStep("unlink", owner)
    for owner, server in sorted(desired.servers.items()):
        running = observed.servers.get(owner, NOTHING)
        if running.pid and restart_due(server, running):
            yield ServiceStep("restart", owner, f"{owner}: restart the server")
        if not running.pid or not running.enabled:
            yield ServiceStep("start", owner, f"{owner}: start the server" + (" at boot too" if running.pid else ""))


def leavers(desired: Release, observed: Observed) -> Iterator[tuple[str, Running]]:
    """Servers that run or would start at boot and that the settings do not name."""
    for owner in sorted({*observed.servers, *observed.unit_links} - {"", *desired.servers}):
        yield owner, observed.servers.get(owner, NOTHING)


def restart_due(server: Server, running: Running) -> bool:
    wanted = server.settings.jupyter.restart
    return running.digest != server.digest and (wanted == "now" or (wanted == "when-idle" and not running.sessions))


def waits(desired: Release, observed: Observed) -> Iterator[str]:
    for owner, running in leavers(desired, observed):
        if running.sessions:
            yield f"{owner}: no longer in the settings; its server stays while it has {counted(running.sessions)}"
    for owner, server in sorted(desired.servers.items()):
        running = observed.servers.get(owner, NOTHING)
        if running.pid and running.digest != server.digest and not restart_due(server, running):
            yield f"{owner}: {why(server, running)}"


def why(server: Server, running: Running) -> str:
    if server.settings.jupyter.restart == "never":
        return "runs on older settings, since `restart: never`; its owner restarts it"
    return (
        f"runs on older settings: a restart would end {counted(running.sessions)}. "
        "Run again once they are closed, or set `restart: now`"
    )


def counted(sessions: Sessions) -> str:
    found = [(sessions.kernels, "kernel"), (sessions.others, "terminal or helper program")]
    return " and ".join(f"{count} {what}{'s' if count > 1 else ''}" for count, what in found if count)
