"""The staff: who registered, what they scored, which posts they held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Literal


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
class Assessed:
    """One line of the scores table: what a source said of one item in one period.

    `period` as written in canonical form: "2025", "2025Q1", "2025M03", "2025H1"; None: no period.
    `source` a key of the scheme's sources (exam, statistics, complaints, crm, peers, supervisor, self ...).
    """

    item: str
    source: str | None
    period: str | None
    score: Score
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Outturn:
    """One line of the results table: a figure of business in one period, in millionths."""

    measure: str
    period: str | None
    value: int


@dataclass(frozen=True, slots=True)
class CertificateHeld:
    """A certificate; `valid_to` None: without end."""

    certificate: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier somebody had in a period before, and whether on probation then."""

    period: str | None
    tier: str
    probation: bool = False


Position = Literal["regular", "trainee", "agent"]


@dataclass(frozen=True, slots=True)
class Staff:
    """One employee. Scores, years, deposits and measures are fixed-point integers (see `fixed`).

    `registered` None = the table does not say (then: registered if any score cell is filled).
    `tier` is a given tier (grading is skipped); `rank` a given rank beside it. `education` is a key of the
    scheme's ladder of education; `serious_breach` None = the table does not say; trainees and agents
    (`position`) stand outside the ladder. `assessed`, `results`, `certificates`, `standings` are the lines of
    the further grading tables, in a fixed order.
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
    education: str | None = None
    bank_years: int | None = None
    serious_breach: bool | None = None
    position: Position = "regular"
    assessed: tuple[Assessed, ...] = ()
    results: tuple[Outturn, ...] = ()
    certificates: tuple[CertificateHeld, ...] = ()
    standings: tuple[Standing, ...] = ()


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
