"""How a scheme divides the rest of the bank's book, after the key accounts: rules, bands, goals.

Every client of an undivided segment that has `tiers` belongs to the book. Branches are divided one by one, each
with the key accounts its managers hold as base load. See models/README.md for the mathematics.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.book_consistency import band_faults, book_faults
from cmopt.domain.consistency import refuse
from cmopt.domain.declared import LARGEST, Declared, Fixed, Key, Percent, Title
from cmopt.domain.fixed import UNIT
from cmopt.domain.goals import Goal
from cmopt.domain.load_limit import Limit

# What a book goal is called where a Problem counts it.
CORE_GOAL = {"bands": "penalty", "mix": "balance"}

BOOK_GOALS = (
    "coverage",
    "coverage_balance",
    "bands",
    "handovers",
    "continuity",
    "continuity_balance",
    "tier_preference",
    "mix",
    "fit",
    "cost",
    "bids",
    "draw",
)


class Band(Declared):
    """Each manager's load of a measure within some per cent of the mean of those compared.

    measure: none: the number of clients. tiers: who is compared, in each part of the book (none: all its
    managers). What lies outside costs `weight` for each begun thousandth (`resolution`) of the mean in the goal
    `bands`. base: whether key accounts and other clients outside the book count.
    """

    key: Key
    title: Title
    measure: Key | None = None
    tiers: tuple[Key, ...] = ()
    within: Percent
    weight: int = Field(default=1, ge=1, le=LARGEST)
    base: bool = True

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(band_faults(self))
        return self


class HandoverWeights(Declared):
    """What one change of hands costs in the goal `handovers`, in points, rounded to the nearest (at least 1).

    client: each client; balance: for each unit (万元) of its balance; difficulty: for each point of it.
    """

    client: Fixed = UNIT
    balance: Fixed = 0
    difficulty: Fixed = 0


class MixMeasure(Declared):
    """A measure whose spread (largest minus least total of a manager) `mix` makes small."""

    measure: Key
    weight: int = Field(default=1, ge=1, le=1000)


class Book(Declared):
    """The rules and goals of the rest of the book.

    segments: which undivided segments belong to it (none: all that name tiers).
    regions: branches that are divided together and may hold each other's clients; every other branch is on its
    own. jurisdiction = "bank": the whole bank is one region.
    developer: "keeps": whoever brought in a deposit, or a client with nobody responsible, keeps it where they
    may hold it at all.
    groups: "together": companies of one group in one branch have the same manager.
    problem_loans: clients of quality `problem_from` (1-5) or worse stay with the manager who made them (the
    developer, else the incumbent): "maker"; go to the branch head: "head"; like any other: "free".
    head_posts: what the staff table's `post` says of a branch head.
    counter: which deposits the counter keeps, so that they are left out: those the clients table marks
    ("marked"), also those with neither incumbent nor developer ("unclaimed"), or none ("none").
    rotation_years: whoever has held a loan client for so many full years at `as_of` may not keep it.
    team_members: whether members of a central team also hold clients of the book.
    gap: how far above its bound the large solver leaves a goal, in per cent of the value.
    wave_clients: how many clients a manager hands over and takes over at most in one wave of the handover plan,
    together; none: as many as there are.
    """

    segments: tuple[Key, ...] = ()
    jurisdiction: Literal["branch", "bank"] = "branch"
    regions: tuple[tuple[str, ...], ...] = ()
    developer: Literal["keeps", "none"] = "keeps"
    groups: Literal["together", "free"] = "together"
    problem_loans: Literal["maker", "head", "free"] = "maker"
    problem_from: int = Field(default=3, ge=2, le=5)
    head_posts: tuple[str, ...] = ("支行行长", "行长", "branch_head", "Branch head")
    counter: Literal["marked", "unclaimed", "none"] = "marked"
    rotation_years: int | None = Field(default=None, ge=1, le=100)
    as_of: date | None = None
    team_members: bool = True
    bands: tuple[Band, ...] = ()
    resolution: int = Field(default=1000, ge=1, le=1_000_000)
    limits: tuple[Limit, ...] = ()
    handover: HandoverWeights = HandoverWeights()
    mix: tuple[MixMeasure, ...] = ()
    gap: Percent = 50
    wave_clients: int | None = Field(default=40, ge=1, le=LARGEST)
    goals: tuple[Goal, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse(book_faults(self))
        return self
