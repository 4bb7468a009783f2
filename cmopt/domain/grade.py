"""What grading says of one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmopt.errors import Message


@dataclass(frozen=True, slots=True)
class Grade:
    """One line of grades.csv. Points are fixed-point integers; None where there is nothing to show.

    `rank` is the place among those ranked (1 = best), unique unless the tier was given without a rank.
    `tier` None = no client manager. `route` says how: exam, a route's key, given, agent_offer, none.
    `trace` says which rule gave which points, part by part.
    """

    staff_id: str
    parts: Mapping[str, int | None]
    total: int | None
    rank: int | None
    qualified: bool
    tier: str | None
    route: str
    tie_note: Message | None = None
    trace: tuple[Message, ...] = ()
