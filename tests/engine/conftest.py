"""Lets the tests of the engine import their shared helpers as `tests.datasets.…`, wherever pytest was started."""

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
