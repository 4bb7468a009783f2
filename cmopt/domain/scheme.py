"""The year's plan as a declaration: grading, segments, rules, balance and goals. See models/README.md.

A scheme is data. It is read from TOML by `cmopt.intake.schemes`; every field is checked here, and an
unknown key is an error, so that nothing can be written in a scheme and silently ignored.
Amounts and points are written as in the bank's documents (万元, points) and held as fixed-point integers.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from cmopt.domain.clients import Client
from cmopt.domain.consistency import (
    Inconsistent,
    fault,
    grading_faults,
    part_faults,
    refuse,
    rule_faults,
    scheme_faults,
    shown,
)
from cmopt.domain.fixed import to_fixed
from cmopt.i18n import N_, Lang


def _fixed(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise Inconsistent([fault(N_("must be a number, not {value}"), value=shown(value))])
    try:
        return to_fixed(Decimal(str(value)))
    except (InvalidOperation, ValueError):
        what = fault(N_("must be a number of at most six decimals, not {value}"), value=shown(value))
        raise Inconsistent([what]) from None


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Fixed = Annotated[int, BeforeValidator(_fixed)]
LARGEST = 1_000_000  # of a number that counts people, accounts, ranks or levels
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Title(Declared):
    zh: str
    en: str

    def render(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en

    def __call__(self, lang: Lang) -> str:
        return self.render(lang)


# --- grading -----------------------------------------------------------------------------------------


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


# --- division ----------------------------------------------------------------------------------------


class Segment(Declared):
    """Clients of one kind, by amount (`at_least` <= balance < `below`) and flag; who may hold them.

    Segments are tried in the order of the file and the first that fits a client is its segment.
    `divide`: the accounts of this segment are divided in the key-account run; the others are base load.
    `level`: what holding one is worth in the `merit` goal (0: nothing to envy).
    """

    key: Key
    title: Title
    kind: Literal["loan", "deposit"]
    at_least: Fixed | None = None
    below: Fixed | None = None
    key_deposit: bool | None = None
    divide: bool = False
    tiers: tuple[Key, ...] = ()
    level: int = Field(default=0, ge=0, le=LARGEST)

    def fits(self, client: Client) -> bool:
        return (
            client.kind == self.kind
            and (self.at_least is None or client.balance >= self.at_least)
            and (self.below is None or client.balance < self.below)
            and (self.key_deposit is None or client.key_deposit == self.key_deposit)
        )


class AtMost(Declared):
    """A manager holds at most `k` accounts across `segments`."""

    key: Key
    title: Title
    segments: tuple[Key, ...] = Field(min_length=1)
    k: int = Field(ge=1, le=LARGEST)


class Team(Declared):
    """A central team: exactly `size` managers hold all accounts of `segments`, each at least `least`.

    `exclusive_of`: a member holds no account of these segments. `level`: what a seat is worth in `merit`.
    """

    key: Key
    title: Title
    segments: tuple[Key, ...] = Field(min_length=1)
    size: int = Field(ge=1, le=LARGEST)
    least: int = Field(default=1, ge=1, le=LARGEST)
    exclusive_of: tuple[Key, ...] = ()
    level: int = Field(default=0, ge=0, le=LARGEST)


class Incumbency(Declared):
    """`goal`: eligible incumbents are kept as far as the goals say; `rule`: they must keep their accounts."""

    mode: Literal["goal", "rule"] = "goal"


class Measure(Declared):
    """A load: the sum of a numeric client column over the clients a manager holds.

    Only clients of `kind` and of at least `quality_at_least` (1-5) count, where given. `absent`: what a
    client whose cell is blank counts.
    """

    key: Key
    title: Title
    column: str = "balance"
    unit: Literal["money", "points", "count"] = "money"
    kind: Literal["loan", "deposit"] | None = None
    quality_at_least: int | None = Field(default=None, ge=1, le=5)
    absent: Fixed = 0

    def of(self, client: Client) -> int:
        """This client's load, in millionths."""
        if self.kind is not None and client.kind != self.kind:
            return 0
        if self.quality_at_least is not None and (client.quality or 1) < self.quality_at_least:
            return 0
        value = client.column(self.column)
        return self.absent if value is None else value


class BalanceMeasure(Declared):
    measure: Key
    weight: int = Field(default=1, ge=0, le=1000)


class Balance(Declared):
    """Which managers are compared with each other, on which measures, how finely (models/README.md)."""

    tiers: tuple[Key, ...] = Field(min_length=1)
    teams_apart: bool = True
    base_load: Literal["incumbent", "none"] = "incumbent"
    resolution: int = Field(default=1000, ge=1, le=1_000_000)
    measures: tuple[BalanceMeasure, ...] = Field(min_length=1)


GoalName = Literal[
    "coverage",
    "coverage_balance",
    "continuity",
    "continuity_balance",
    "merit",
    "balance",
    "jurisdiction",
    "draw",
]


class Goal(Declared):
    """One goal; its place in the file is its priority. `tolerance`: how much of the won value later goals
    may give back, in the goal's units ("3") or in per cent of the won value ("5%", rounded down)."""

    name: GoalName
    tolerance: Annotated[str, BeforeValidator(_as_text)] = "0"

    @model_validator(mode="after")
    def _tolerance_form(self) -> Self:
        if not re.fullmatch(r"[0-9]{1,15}|[0-9]{1,3}(\.[0-9]{1,6})?%", self.tolerance):
            refuse([fault(N_('write a whole number ("3") or per cent ("5%")'), "tolerance")])
        return self

    def allowance(self, value: int) -> int:
        """How far from `value` later goals may move, in the goal's units."""
        if self.tolerance.endswith("%"):
            return int(abs(value) * Decimal(self.tolerance[:-1]) / 100)
        return int(self.tolerance)


class Scheme(Declared):
    """A year's plan. See models/README.md for the mathematics of each rule and goal."""

    format: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Title
    source: Title
    grading: Grading
    segments: tuple[Segment, ...] = Field(min_length=1)
    at_most: tuple[AtMost, ...] = ()
    teams: tuple[Team, ...] = ()
    incumbency: Incumbency = Incumbency()
    measures: tuple[Measure, ...]
    balance: Balance
    jurisdiction: tuple[Key, ...] = ()
    goals: tuple[Goal, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(scheme_faults(self))
        return self

    @cached_property
    def segment_by_key(self) -> dict[str, Segment]:
        return {s.key: s for s in self.segments}

    @cached_property
    def measure_by_key(self) -> dict[str, Measure]:
        return {m.key: m for m in self.measures}

    def segment_of(self, client: Client) -> Segment | None:
        """The first segment that fits, or None."""
        return next((s for s in self.segments if s.fits(client)), None)

    def team_of(self, segment: str) -> Team | None:
        """The team that holds this segment, or None."""
        return next((t for t in self.teams if segment in t.segments), None)
