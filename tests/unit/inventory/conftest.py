"""A project on disk, in few words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from statafleet.errors import SettingsError
from statafleet.inventory.load import load

if TYPE_CHECKING:
    from pathlib import Path

    from statafleet.inventory.fleet import Fleet
    from statafleet.settings.model.fleet import HostSettings


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def has(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def fleet(self, *data: str, inventory: Path | None = None) -> Fleet:
        return load(self.folder, account="me", overrides=data, inventory=inventory)

    def host(self, *data: str, name: str = "econ1") -> HostSettings:
        return self.fleet(*data).host(name)

    def report(self, *data: str, inventory: Path | None = None) -> str:
        with pytest.raises(SettingsError) as caught:
            self.fleet(*data, inventory=inventory)
        return str(caught.value)


Given = Callable[..., Project]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """`given({"inventory/lab.yml": "…"})`; a bare text is that of `inventory/lab.yml`."""

    def write(files: dict[str, str] | str) -> Project:
        project = Project(tmp_path)
        for name, text in ({"inventory/lab.yml": files} if isinstance(files, str) else files).items():
            project.has(name, text)
        return project

    return write
