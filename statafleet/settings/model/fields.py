"""The base of every settings model, how a field is described, and how a value is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from statafleet.settings.problems.problem import NOT_SHOWN, is_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from statafleet.settings.text.node import Path

REFUSED = "stata_fleet"

# What such a field allows; it is also how a field is known to name a file on the controller.
CONTROLLER_PATH = "a path, relative to the file that names it"
EITHER_PATH = f"{CONTROLLER_PATH}; or host:/PATH for a file on the host"


def setting(default: Any, description: str, *, allowed: str, example: Any, **limits: Any) -> Any:
    """A field that says what it is for, what it takes and how one looks."""
    return Field(
        default,
        description=description,
        examples=[example],
        json_schema_extra={"allowed": allowed},
        **limits,
    )


@dataclass(frozen=True)
class Refusal:
    """Why a value, or the key `at` below it, is refused; never the value itself."""

    what: str
    fix: str
    allowed: str | None = None
    at: tuple[str, ...] = ()


def refuse(what: str, *, fix: str, allowed: str | None = None) -> PydanticCustomError:
    return refuse_each([Refusal(what, fix, allowed)])


def refuse_each(refusals: Sequence[Refusal]) -> PydanticCustomError:
    """What a validator raises."""
    return PydanticCustomError(REFUSED, "refused", {"refusals": tuple(refusals)})


def _nothing_is_an_empty_map(value: Any) -> Any:
    return {} if value is None else value


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _a_key_with_nothing_under_it_says_nothing(cls, value: Any) -> Any:
        return _nothing_is_an_empty_map(value)

    def to_json(self) -> Any:
        """What pyinfra's `debug-inventory` prints; secrets are masked, and what may be one in `extra`."""
        return _masked(self.model_dump(mode="json"))


def _masked(value: Any, path: Path = ()) -> Any:
    if isinstance(value, dict):
        return {key: _masked(below, (*path, key)) for key, below in value.items()}
    if isinstance(value, list):
        return [_masked(below, path) for below in value]
    return NOT_SHOWN if value is not None and is_secret(str(value), path) else value


def one_line(value: str) -> str:
    if not value or not value.isprintable():
        raise refuse(
            "not a single line of text",
            fix="write it on one line, without control characters",
        )
    return value


def absolute(value: str) -> str:
    if not value.startswith("/"):
        raise refuse("not an absolute path", fix="write the whole path, from `/` on")
    return value


def at_home_or_absolute(value: str) -> str:
    if not (value.startswith(("/", "~/")) or value == "~"):
        raise refuse("not an absolute path", fix="begin it with `/` or with `~/`")
    return value


Line = Annotated[str, AfterValidator(one_line)]
HostPath = Annotated[Line, AfterValidator(at_home_or_absolute)]
EmptyIsNothing = BeforeValidator(_nothing_is_an_empty_map)
