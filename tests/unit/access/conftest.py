from pathlib import Path

import pytest
from lab_routes import lab

from statafleet.access.route import Route


@pytest.fixture
def routes(tmp_path: Path) -> tuple[Route, ...]:
    return lab(tmp_path)
