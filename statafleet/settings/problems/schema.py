"""What the models say about the key at a path: its field, its model, the keys that it may have."""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

    from statafleet.settings.text.node import Path


def field_at(model: type[BaseModel], path: Path) -> FieldInfo | None:
    """The field that `path` names; None for what is not a field, such as a host or an account."""
    if not path:
        return None
    parent = model_at(model, path[:-1])
    return parent.model_fields.get(str(path[-1])) if parent else None


def model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """The model of what stands at `path`; None when that is no model."""
    kind: Any = model
    for step in path:
        kind = _below(_bare(kind), step)
    kind = _bare(kind)
    return kind if _is_model(kind) else None


def allowed(field: FieldInfo | None) -> str | None:
    extra = field.json_schema_extra if field else None
    return str(extra["allowed"]) if isinstance(extra, dict) and "allowed" in extra else None


def words_of(field: FieldInfo | None) -> tuple[str, ...]:
    """The words that a field chooses from; none for any other field."""
    kind = _bare(field.annotation) if field else None
    return get_args(kind) if get_origin(kind) is Literal else ()


def is_number(field: FieldInfo | None) -> bool:
    return field is not None and _bare(field.annotation) in (int, float)


def fields(model: type[BaseModel], path: Path = ()) -> Iterator[tuple[Path, FieldInfo]]:
    """Every field at any depth; `*` stands for a name that the user chooses."""
    for name, field in model.model_fields.items():
        here = (*path, name)
        yield here, field
        kind = _bare(field.annotation)
        if get_origin(kind) is dict:
            here, kind = (*here, "*"), _bare(get_args(kind)[1])
        if _is_model(kind):
            yield from fields(kind, here)


def _bare(kind: Any) -> Any:
    """Without `Annotated` and without `None`."""
    while True:
        origin = get_origin(kind)
        if origin is Annotated:
            kind = get_args(kind)[0]
        elif origin in (Union, UnionType):
            kind = next(arg for arg in get_args(kind) if arg is not type(None))
        else:
            return kind


def _below(kind: Any, step: str | int) -> Any:
    if _is_model(kind):
        field = kind.model_fields.get(str(step))
        return field.annotation if field else None
    origin = get_origin(kind)
    if origin is dict:
        return get_args(kind)[1]
    return get_args(kind)[0] if origin is tuple else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
