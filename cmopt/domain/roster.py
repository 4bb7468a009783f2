"""The staff: who registered, what they scored, which posts they held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property


class Mark(Enum):
    """What stands in a score cell that holds no number. A blank cell is simply not in `Staff.scores`."""

    ABSENT = "absent"  # 缺考


Score = int | Mark


@dataclass(frozen=True, slots=True)
class PostHeld:
    """One post somebody held. `years` is in millionths of a year (see `fixed`)."""

    post: str
    years: int


@dataclass(frozen=True, slots=True)
class Staff:
    """One employee. Scores, years, deposits and measures are fixed-point integers (see `fixed`).

    `registered` None = the table does not say (then: registered if any score cell is filled).
    `tier` is a given tier (grading is skipped); `rank` a given rank beside it.
    """

    staff_id: str
    name: str
    branch: str
    post: str | None = None
    registered: bool | None = None
    marketing: bool = False
    finance_years: int | None = None
    average_deposits: int | None = None
    scores: Mapping[str, Score] = field(default_factory=dict)
    posts: tuple[PostHeld, ...] = ()
    tier: str | None = None
    rank: int | None = None
    measures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Roster:
    """All staff, in the order of their ids (row order never matters)."""

    staff: tuple[Staff, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "staff", tuple(sorted(self.staff, key=lambda s: s.staff_id)))

    def __iter__(self) -> Iterator[Staff]:
        return iter(self.staff)

    def __len__(self) -> int:
        return len(self.staff)

    @cached_property
    def by_id(self) -> Mapping[str, Staff]:
        return {s.staff_id: s for s in self.staff}
