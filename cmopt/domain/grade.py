"""What grading says of one person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmopt.errors import Message


@dataclass(frozen=True, slots=True)
class Beside:
    """What a source said that is shown beside the grade and not counted. `score` None: absent (缺考)."""

    item: str
    source: str
    period: str | None
    score: int | None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """One line of grades.csv. Points are fixed-point integers; None where there is nothing to show.

    `parts` add up to `total`. `rank` is the place among those ranked (1 = best), unique unless the tier was
    given without a rank. `tier` is what the division speaks of, None = no client manager; `rung` is the place
    on a scheme's ladder of rungs, which counts as that tier. `route` says how: exam, a route's key, given,
    standing (moved or kept by the rules of promotion), demoted, prerequisites, trainee, agent, agent_offer,
    none. `trace` says which rule gave which points, part by part; `reasons` why the rung is no higher (or no
    lower) than the total alone says. `quarters`: period -> points of the quarterly items (None: a line is
    missing). `figures`: measure -> the figure that counted.
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
    rung: str | None = None
    probation: bool = False
    reasons: tuple[Message, ...] = ()
    quarters: Mapping[str, int | None] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
