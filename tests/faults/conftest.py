"""Lets these tests use the small bank of the audit's tests and the cases of the solvers' tests."""

import sys
from pathlib import Path

for part in ("audit", "solvers"):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / part))
