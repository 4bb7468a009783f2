"""How long a solver may take, and what it must do the same way every time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`time_limit` in wall-clock seconds for the whole run (None: until proven)."""

    time_limit: float | None = 60.0
    seed: int = 0
