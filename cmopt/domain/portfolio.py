"""What each manager holds before and after, and how even that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Portfolio:
    """One line of portfolios.csv: all clients of one manager, the divided accounts and the rest.

    `before` and `after` map each measure of the scheme to a fixed-point integer.
    """

    staff_id: str
    tier: str | None
    branch: str
    on_team: bool
    clients_before: int
    clients_after: int
    before: Mapping[str, int]
    after: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FairnessRow:
    """One line of fairness.csv. `group` is ``bank``, ``tier:senior``, ``branch:...``; None = not defined."""

    metric: str
    group: str
    measure: str
    solver: str
    before: float | None
    after: float | None
