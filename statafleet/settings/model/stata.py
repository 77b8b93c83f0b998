"""The settings of Stata and of the kernel that runs it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, model_validator

from statafleet.settings.model.fields import HostPath, Line, Refusal, Settings, absolute, refuse_each, setting

AUTO = "auto"


def _auto_or_absolute(value: str) -> str:
    return value if value == AUTO else absolute(value)


AutoOrPath = Annotated[Line, AfterValidator(_auto_or_absolute)]

_NOT_YOURS = "this key is not yours to set here"
_OURS = {
    "stata_path": "write `path:` under `stata:` instead",
    "execution_mode": "delete this line: it is always the console here",
}


class KernelSettings(Settings):
    """The keys of stata_kernel's own configuration that are the user's to choose."""

    cache_directory: HostPath | None = setting(
        None,
        "Where the kernel keeps its logs and graphs; only its owner can open it.",
        allowed="a path on the host that begins with / or ~/",
        example="~/.stata_kernel_cache",
    )
    autocomplete_closing_symbol: bool | None = setting(
        None,
        "Whether a completed macro ends with its closing quote or brace.",
        allowed="true, false",
        example=True,
    )
    graph_format: Literal["svg", "png"] | None = setting(
        None,
        "How graphs are exported for the notebook.",
        allowed="svg, png",
        example="png",
    )
    graph_scale: float | None = setting(
        None,
        "What a graph's width and height are multiplied by.",
        allowed="a number above 0",
        example=1.5,
        gt=0,
        le=100,
        allow_inf_nan=False,
    )
    graph_width: int | None = setting(
        None,
        "A graph's width in pixels.",
        allowed="a whole number from 1 to 20000",
        example=800,
        ge=1,
        le=20_000,
    )
    graph_height: int | None = setting(
        None,
        "A graph's height in pixels.",
        allowed="a whole number from 1 to 20000",
        example=600,
        ge=1,
        le=20_000,
    )
    graph_svg_redundancy: bool | None = setting(
        None,
        "Whether an svg graph is kept as a PDF as well.",
        allowed="true, false",
        example=False,
    )
    graph_png_redundancy: bool | None = setting(
        None,
        "Whether a png graph is kept as a PDF as well.",
        allowed="true, false",
        example=True,
    )
    user_graph_keywords: Line | None = setting(
        None,
        "Commands of the user's own that draw a graph.",
        allowed="names of commands, with commas between them",
        example="vioplot,coefplot",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*( ?, ?[A-Za-z_][A-Za-z0-9_]*)*$",
    )

    @model_validator(mode="before")
    @classmethod
    def _not_what_we_write_ourselves(cls, value: Any) -> Any:
        named = [name for name in _OURS if isinstance(value, dict) and name in value]
        if named:
            raise refuse_each([Refusal(_NOT_YOURS, _OURS[name], at=(name,)) for name in named])
        return value


class Stata(Settings):
    path: AutoOrPath = setting(
        AUTO,
        "Stata's console program on the host: stata-mp, stata-se or stata.",
        allowed="auto, or an absolute path on the host",
        example="/usr/local/stata18/stata-mp",
    )
    kernel: Literal["stata_kernel", "nbstata", "none"] = setting(
        "stata_kernel",
        "What runs Stata for Jupyter.",
        allowed="stata_kernel, nbstata, none",
        example="none",
    )
    settings: KernelSettings = setting(
        KernelSettings(),
        "stata_kernel's own configuration.",
        allowed="a map of stata_kernel's configuration keys",
        example={"graph_format": "png"},
    )
