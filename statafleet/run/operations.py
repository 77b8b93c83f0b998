"""The four operations of a run, in the order in which `converge` calls them."""

import base64
import getpass
from collections.abc import Generator, Mapping
from typing import Any

from pyinfra.api.operation import operation

from statafleet.changes.kinds import BuildEnvironment, ServiceStep, SwitchRelease
from statafleet.desired.answers import Answers
from statafleet.desired.release import archive
from statafleet.run.program import Program, Verdict
from statafleet.sending import wheels
from statafleet.settings.model.packages import Index


@operation()
def build(
    changes: tuple[BuildEnvironment, ...],
    answers: Answers,
    uv_versions: tuple[str, ...],
    index: Index,
    has_ca_store: bool,
) -> Generator[Program, None, None]:
    """Environments, side by side, in one remote command."""

    def payload() -> dict[str, Any]:
        host_wheel = wheels.host_wheel() if any(change.environment.carries_host_wheel for change in changes) else {}
        return {
            "root": answers.layout.root,
            "uv": wheels.uv(answers.machine, uv_versions),
            "uv_settings": wheels.uv_settings(index, has_ca_store),
            "ca_bundle": wheels.ca_bundle(index),
            "environments": [
                {
                    "id": change.environment.id,
                    "python": answers.python,
                    "lock": change.environment.lock,
                    "completion": change.environment.completion,
                    "wheels": host_wheel if change.environment.carries_host_wheel else {},
                }
                for change in changes
            ],
        }

    yield Program("build", answers.python, payload)


@operation()
def switch(
    changes: tuple[SwitchRelease, ...], answers: Answers, told: Verdict | None = None
) -> Generator[Program, None, None]:
    """Upload, unpack, verify, switch: one remote command. `told` hears when the host has it."""
    for change in changes:

        def payload(change: SwitchRelease = change) -> dict[str, Any]:
            content = base64.b64encode(archive(change.release)).decode()
            return {
                "root": answers.layout.root,
                "id": change.release.id,
                "archive": content,
                "who": getpass.getuser(),
            }

        yield Program("switch", answers.python, payload, told)


@operation()
def serve(steps: tuple[ServiceStep, ...], answers: Answers, environment: str) -> Generator[Program, None, None]:
    """Units and servers: one remote command, whatever the number of servers."""

    def payload() -> dict[str, Any]:
        return {
            "root": answers.layout.root,
            "service": answers.layout.manager,
            "programs": f"{answers.layout.environment(environment)}/bin",
            "steps": [{"do": step.do, "owner": step.owner} for step in steps],
        }

    yield Program("serve", answers.python, payload)


@operation()
def gate(question: Mapping[str, Any], answers: Answers, judge: Verdict) -> Generator[Program, None, None]:
    """A cell of Stata answers, or the host fails."""
    yield Program("gate", answers.python, lambda: dict(question), judge)


@operation()
def remove(root: str, scope: str, python: str) -> Generator[Program, None, None]:
    yield Program("remove", python, lambda: {"root": root, "scope": scope})
