"""The ladder: tiers, levels and rungs, what each needs, other ways to a tier, movement from year to year."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from cmopt.domain.declared import LARGEST, Declared, Fixed, Key, Title
from cmopt.domain.grading_parts import Figure, Fold


class Tier(Declared):
    """What the division speaks of: a tier of managers, best first.

    By rank (inclusive), by total, or (neither given) reached by a route or through the rungs that count as it.
    """

    key: Key
    title: Title
    rank_from: int | None = Field(default=None, ge=1, le=LARGEST)
    rank_to: int | None = Field(default=None, ge=1, le=LARGEST)
    score_from: Fixed | None = None
    score_below: Fixed | None = None

    @property
    def by_rank(self) -> bool:
        return self.rank_from is not None or self.rank_to is not None

    @property
    def by_score(self) -> bool:
        return self.score_from is not None or self.score_below is not None


class NeededResult(Declared):
    """A figure of the results table (or a derived one) of at least so much."""

    measure: Key
    at_least: Fixed
    figure: Figure = "value"
    period: Literal["year", "quarters"] = "year"
    fold: Fold | None = None


class NeededPoints(Declared):
    """At least so many points in one part (before its weight, out of its max)."""

    part: Key
    at_least: Fixed


class Needs(Declared):
    """What somebody must have; all that is given must hold.

    `needs_certificates`: all of them, valid on grading.as_of. `needs_education`: this or higher.
    `needs_no_serious_breach`: the staff table says so.
    """

    needs_certificates: tuple[Key, ...] = ()
    needs_results: tuple[NeededResult, ...] = ()
    needs_points: tuple[NeededPoints, ...] = ()
    needs_education: Key | None = None
    needs_bank_years: Fixed | None = Field(default=None, ge=0)
    needs_no_serious_breach: bool = False

    @property
    def any_need(self) -> bool:
        return bool(
            self.needs_certificates
            or self.needs_results
            or self.needs_points
            or self.needs_education
            or self.needs_bank_years
            or self.needs_no_serious_breach
        )


class Prerequisites(Needs):
    """What it takes to be on the ladder at all; who lacks any of it has no tier."""


class Conditional(Needs):
    """Prerequisites of those only who have a figure of at least so much (say, who sold investment products)."""

    key: Key
    title: Title
    when: NeededResult


class Level(Needs):
    """A level of the ladder (say senior), with one or several rungs; its needs hold for each of them."""

    key: Key
    title: Title


class Rung(Needs):
    """A grade of the ladder, best first: reached by rank, by total, or by its needs alone.

    `counts_as`: the tier of the division it counts as; "none": no accounts. `level`, `grade`: where it stands.
    `by_route`: nobody gets there by score or rank; a route, grading.trainees or movement leads to it.
    `else`: who reaches it but lacks what it needs gets the next lower rung they meet, or no tier.
    """

    key: Key
    title: Title
    counts_as: Key
    level: Key | None = None
    grade: int | None = Field(default=None, ge=1, le=LARGEST)
    rank_from: int | None = Field(default=None, ge=1, le=LARGEST)
    rank_to: int | None = Field(default=None, ge=1, le=LARGEST)
    score_from: Fixed | None = None
    score_below: Fixed | None = None
    by_route: bool = False
    otherwise: Literal["lower", "none"] = Field(default="lower", alias="else")

    @property
    def by_rank(self) -> bool:
        return self.rank_from is not None or self.rank_to is not None

    @property
    def by_score(self) -> bool:
        return self.score_from is not None or self.score_below is not None


class Route(Declared):
    """Another way to a tier (or rung) for those who did not qualify by the exam. All stated conditions must
    hold."""

    key: Key
    title: Title
    tier: Key
    registered: bool | None = None
    marketing: bool | None = None
    min_average_deposits: Fixed | None = None


class Probation(Declared):
    """Who is on probation, what it means in the division, and how it ends.

    `who`: those without a standing of a period before, those promoted. `counts_as`: the tier they count as
    meanwhile (none: their rung's; "none": no accounts). `pass_mark`: who was on probation and scores less is
    not confirmed: one rung lower, or out of the ladder (`failed`).
    """

    who: tuple[Literal["newcomer", "promoted"], ...] = Field(min_length=1)
    counts_as: Key | None = None
    pass_mark: Fixed | None = None
    failed: Literal["lower", "out"] = "lower"


class Movement(Declared):
    """Promotion and demotion from the standing of the period before.

    `up_at_most`, `down_at_most`: steps a year, in rungs or levels (`counted_in`). `demote_below`: a total below
    it in `demote_after` years running costs `demote_steps` rungs. `newcomers`: the highest rung for those
    without a standing of a period before.
    """

    up_at_most: int | None = Field(default=None, ge=0, le=LARGEST)
    down_at_most: int | None = Field(default=None, ge=0, le=LARGEST)
    counted_in: Literal["rung", "level"] = "rung"
    demote_below: Fixed | None = None
    demote_after: int = Field(default=1, ge=1, le=10)
    demote_steps: int = Field(default=1, ge=1, le=LARGEST)
    newcomers: Key | None = None
    probation: Probation | None = None
