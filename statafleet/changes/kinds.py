"""The closed set of changes; `text` is what a person reads."""

from dataclasses import dataclass

from statafleet_sent.wire import Verb

from statafleet.desired.environments import Environment
from statafleet.desired.release import Release


@dataclass(frozen=True)
class BuildEnvironment:
    environment: Environment
    text: str


@dataclass(frozen=True)
class SwitchRelease:
    release: Release
    differences: tuple[str, ...]

    @property
    def text(self) -> str:
        return "; ".join(self.differences)


@dataclass(frozen=True)
class ServiceStep:
    do: Verb
    owner: str = ""
    text: str = ""


Change = BuildEnvironment | SwitchRelease | ServiceStep


@dataclass(frozen=True)
class Changes:
    """In the order in which they are made. `waiting` is said and not done."""

    environments: tuple[BuildEnvironment, ...] = ()
    releases: tuple[SwitchRelease, ...] = ()
    services: tuple[ServiceStep, ...] = ()
    waiting: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.environments or self.releases or self.services)

    @property
    def texts(self) -> tuple[str, ...]:
        made: tuple[Change, ...] = (*self.environments, *self.releases, *self.services)
        return tuple(change.text for change in made if change.text)
