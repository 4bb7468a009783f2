"""How a scheme grades: exam parts, experience rules, routes, the ladder of tiers."""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.consistency import grading_faults, part_faults, refuse, rule_faults
from cmopt.domain.declared import LARGEST, Declared, Fixed, Key, Title


class Item(Declared):
    """One score column of the staff table."""

    key: Key
    title: Title
    max: Fixed = Field(gt=0)


class PointsRule(Declared):
    """Experience points from a post held (`post`) or from a years column of the staff table (`column`).

    points: given once; per: given for each `every` full years (in that post, or in the column).
    """

    key: Key
    title: Title
    post: Key | None = None
    column: Literal["finance_years"] | None = None
    points: Fixed = Field(default=0, ge=0)
    per: Fixed = Field(default=0, ge=0)
    every: int = Field(default=1, ge=1, le=1000)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        refuse(rule_faults(self))
        return self


class Part(Declared):
    """A part of the total: one score column (no items), the sum of its items, or the sum of its rules."""

    key: Key
    title: Title
    max: Fixed = Field(gt=0)
    items: tuple[Item, ...] = ()
    rules: tuple[PointsRule, ...] = ()

    @model_validator(mode="after")
    def _parts(self) -> Self:
        refuse(part_faults(self))
        return self

    @property
    def score_items(self) -> tuple[Item, ...]:
        """The score columns this part reads from the staff table."""
        if self.rules:
            return ()
        return self.items or (Item.model_construct(key=self.key, title=self.title, max=self.max),)


class PostKind(Declared):
    """A post the experience rules know; `aliases` are what staff tables may call it."""

    key: Key
    title: Title
    aliases: tuple[str, ...] = ()


class Route(Declared):
    """Another way to a tier for those who did not qualify by the exam. All stated conditions must hold."""

    key: Key
    title: Title
    tier: Key
    registered: bool | None = None
    marketing: bool | None = None
    min_average_deposits: Fixed | None = None


class Tier(Declared):
    """A tier of managers, by rank (inclusive), by total, or reached by a route only (neither given)."""

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


class Grading(Declared):
    pass_mark: Fixed
    parts: tuple[Part, ...] = Field(min_length=1)
    posts: tuple[PostKind, ...] = ()
    tie_order: tuple[str, ...]
    absent: Literal["not_graded", "zero"]
    agent_offer: Literal["marketing", "none"]
    routes: tuple[Route, ...] = ()
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(grading_faults(self))
        return self

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """Every score column the scheme reads, in order."""
        return tuple(i for p in self.parts for i in p.score_items)

    @cached_property
    def tier_order(self) -> dict[str, int]:
        """tier key -> its place, best first (0)."""
        return {t.key: n for n, t in enumerate(self.tiers)}
