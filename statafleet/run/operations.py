"""The four operations of a run, in the order in which `converge` calls them."""

import base64
import getpass
from collections.abc import Generator, Mapping
from typing import Any

from pyinfra.api.operation import operation

from statafleet.changes.kinds import BuildEnvironment, ServiceStep, SwitchRelease
from statafleet.desired.answers import Traits
from statafleet.desired.release import archive
from statafleet.run.program import Program, Verdict
from statafleet.sending import wheels
from statafleet.settings.model.fleet import Index


@operation()
def build(
    changes: tuple[BuildEnvironment, ...],
    traits: Traits,
    tools: frozenset[str],
    index: Index,
    certificates: bool,
) -> Generator[Program, None, None]:
    """Environments, side by side, in one remote command."""

    def payload() -> dict[str, Any]:
        host_wheel = wheels.host_wheel() if any(change.environment.carries_host_wheel for change in changes) else {}
        return {
            "root": traits.place.root,
            "uv": wheels.uv(traits.machine, tools),
            "uv_settings": wheels.uv_settings(index, certificates),
            "certificates": wheels.ca_bundle(index),
            "environments": [
                {
                    "id": change.environment.id,
                    "python": traits.python,
                    "lock": change.environment.lock,
                    "wheels": host_wheel if change.environment.carries_host_wheel else {},
                }
                for change in changes
            ],
        }

    yield Program("build", traits.python, payload)


@operation()
def switch(
    changes: tuple[SwitchRelease, ...], traits: Traits, told: Verdict | None = None
) -> Generator[Program, None, None]:
    """Upload, unpack, verify, switch: one remote command. `told` hears when the host has it."""
    for change in changes:

        def payload(change: SwitchRelease = change) -> dict[str, Any]:
            content = base64.b64encode(archive(change.release)).decode()
            return {
                "root": traits.place.root,
                "id": change.release.id,
                "archive": content,
                "who": getpass.getuser(),
            }

        yield Program("switch", traits.python, payload, told)


@operation()
def serve(steps: tuple[ServiceStep, ...], traits: Traits, environment: str) -> Generator[Program, None, None]:
    """Units and servers: one remote command, whatever the number of servers."""

    def payload() -> dict[str, Any]:
        return {
            "root": traits.place.root,
            "service": traits.place.manager,
            "programs": f"{traits.place.environment(environment)}/bin",
            "steps": [{"do": step.do, "owner": step.owner} for step in steps],
        }

    yield Program("serve", traits.python, payload)


@operation()
def gate(question: Mapping[str, Any], traits: Traits, judge: Verdict) -> Generator[Program, None, None]:
    """A cell of Stata answers, or the host fails."""
    yield Program("gate", traits.python, lambda: dict(question), judge)


@operation()
def remove(root: str, scope: str, python: str) -> Generator[Program, None, None]:
    yield Program("remove", python, lambda: {"root": root, "scope": scope})
