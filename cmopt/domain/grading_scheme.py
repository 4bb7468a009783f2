"""How a scheme grades: parts of the total, periods, results, the ladder, other ways to a tier."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.consistency import refuse
from cmopt.domain.declared import Declared, Fixed, Key, Percent, Title
from cmopt.domain.fixed import UNIT
from cmopt.domain.grading_consistency import grading_faults
from cmopt.domain.grading_ladder import Conditional, Level, Movement, Needs, Prerequisites, Route, Rung, Tier
from cmopt.domain.grading_parts import Fold, Item, Part, PointsRule

__all__ = [
    "Component",
    "Derived",
    "Grading",
    "Item",
    "Named",
    "Part",
    "Period",
    "PointsRule",
    "PostKind",
    "ResultKind",
    "Route",
    "Rung",
    "Tier",
]


class Named(Declared):
    """Something that tables call by name; `aliases` are what else they may call it."""

    key: Key
    title: Title
    aliases: tuple[str, ...] = ()


class PostKind(Named):
    """A post the experience rules know."""


class ResultKind(Named):
    """A measure of the results table."""

    unit: Literal["money", "points", "count", "percent"] = "money"


EDUCATION = (
    Named(
        key="secondary",
        title=Title(zh="高中/中专", en="Secondary school"),
        aliases=("高中", "中专", "中技", "职高", "高中及以下", "high school"),
    ),
    Named(
        key="college",
        title=Title(zh="大专", en="College"),
        aliases=("专科", "大学专科", "高职", "junior college"),
    ),
    Named(key="bachelor", title=Title(zh="本科", en="Bachelor"), aliases=("大学本科", "大学", "学士")),
    Named(key="master", title=Title(zh="硕士", en="Master"), aliases=("硕士研究生", "研究生")),
    Named(key="doctor", title=Title(zh="博士", en="Doctor"), aliases=("博士研究生", "phd")),
)


class Period(Declared):
    """The year that is graded, and how its four quarters are folded into one figure.

    `weights`: of the four quarters, for fold = "weighted". `missing_quarter`: what a quarter without a line
    means where others of the year are there; mean_of_present: the quarters that are there stand for the year.
    """

    year: str = Field(pattern=r"^[0-9]{4}$")
    fold: Fold = "mean"
    weights: tuple[Percent, ...] = ()
    missing_quarter: Literal["refuse", "zero", "mean_of_present"] = "refuse"


class Component(Declared):
    """A named term of a derived figure: `coefficient` times the measure (costs: a negative coefficient)."""

    key: Key
    title: Title
    measure: Key
    coefficient: Fixed = UNIT


class Derived(Declared):
    """A figure made of results, say simulated profit: the sum of its components.

    `missing`: what a component without a figure means.
    """

    key: Key
    title: Title
    components: tuple[Component, ...] = Field(min_length=1)
    unit: Literal["money", "points", "count", "percent"] = "money"
    missing: Literal["refuse", "zero"] = "refuse"


class Grading(Declared):
    """The grading part of a scheme (models/README.md has every key and formula).

    `tiers`: what the division speaks of, best first. Without `rungs` they are the ladder itself; with rungs
    each of these counts as one of them. `education`: the lowest first. `trainees`: "outside", or the rung they
    hold.
    """

    pass_mark: Fixed
    parts: tuple[Part, ...] = Field(min_length=1)
    full_marks: Fixed = Field(default=100 * UNIT, gt=0)
    posts: tuple[PostKind, ...] = ()
    tie_order: tuple[str, ...]
    absent: Literal["not_graded", "zero"]
    agent_offer: Literal["marketing", "none"]
    appeals: Literal["reconsideration", "none"] = "reconsideration"
    routes: tuple[Route, ...] = ()
    tiers: tuple[Tier, ...] = Field(min_length=1)
    period: Period | None = None
    sources: tuple[Named, ...] = ()
    results: tuple[ResultKind, ...] = ()
    derived: tuple[Derived, ...] = ()
    certificates: tuple[Named, ...] = ()
    education: tuple[Named, ...] = ()
    as_of: date | None = None
    blank_facts: Literal["refuse", "not_met"] = "refuse"
    prerequisites: Prerequisites = Prerequisites()
    conditional: tuple[Conditional, ...] = ()
    levels: tuple[Level, ...] = ()
    rungs: tuple[Rung, ...] = ()
    trainees: Key = "outside"
    movement: Movement | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(grading_faults(self))
        return self

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every score column the scheme reads from the staff table, in order."""
        return tuple(i for p in self.parts for i in p.score_items)

    @cached_property
    def all_items(self) -> tuple[Item, ...]:
        """Every item, whatever it reads, in order; parts that are one score column among them."""
        return tuple(i for p in self.parts for i in p.all_items)

    @cached_property
    def assessed_items(self) -> tuple[Item, ...]:
        """The items of the scores table."""
        return tuple(i for i in self.all_items if i.sources)

    @cached_property
    def tier_order(self) -> dict[str, int]:
        """tier key -> its place, best first (0)."""
        return {t.key: n for n, t in enumerate(self.tiers)}

    @cached_property
    def rung_order(self) -> dict[str, int]:
        """rung key -> its place, best first (0)."""
        return {r.key: n for n, r in enumerate(self.rungs)}

    @cached_property
    def education_ladder(self) -> tuple[Named, ...]:
        """Degrees, the lowest first: the scheme's own, or the usual ones."""
        return self.education or EDUCATION

    @cached_property
    def level_by_key(self) -> dict[str, Level]:
        return {level.key: level for level in self.levels}

    @cached_property
    def standing_names(self) -> tuple[Rung | Tier, ...]:
        """What a given tier or a standing may name: the rungs, then the tiers that no rung is called like."""
        return (*self.rungs, *(t for t in self.tiers if t.key not in self.rung_order))

    @cached_property
    def all_needs(self) -> tuple[Needs, ...]:
        """Every set of needs: of the ladder, of some people, of levels and rungs."""
        return (self.prerequisites, *self.conditional, *self.levels, *self.rungs)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Which further tables (scores, results, certificates, standings) the scheme looks at."""
        needs = self.all_needs
        wanted = {
            "scores": bool(self.assessed_items),
            "results": bool(self.results),
            "certificates": any(n.needs_certificates for n in needs),
            "standings": self.movement is not None,
        }
        return frozenset(name for name, does in wanted.items() if does)

    @property
    def most_points(self) -> int:
        """The highest total there can be."""
        if all(p.weight is not None for p in self.parts):
            return self.full_marks
        return sum(p.max for p in self.parts)

    def tier_of(self, name: str) -> str | None:
        """The tier of the division that a rung (or tier) counts as; None where it holds no accounts."""
        if name in self.rung_order:
            counts_as = self.rungs[self.rung_order[name]].counts_as
            return None if counts_as == "none" else counts_as
        return name
