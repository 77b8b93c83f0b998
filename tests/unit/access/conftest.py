from pathlib import Path

import pytest

from statafleet.access.route import Route
from tests.unit.access.lab_routes import lab


@pytest.fixture
def routes(tmp_path: Path) -> tuple[Route, ...]:
    return lab(tmp_path)
