"""The real servers of host/tests, here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "host/tests"))
