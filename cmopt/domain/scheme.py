"""The year's plan as a declaration: grading, segments, rules, balance and goals. See models/README.md.

A scheme is data. It is read from TOML by `cmopt.intake.schemes`; every field is checked here, and an
unknown key is an error, so that nothing can be written in a scheme and silently ignored.
Amounts and points are written as in the bank's documents (万元, points) and held as fixed-point integers.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from cmopt.domain.book import Book
from cmopt.domain.book_consistency import book_names
from cmopt.domain.clients import Client, Link
from cmopt.domain.consistency import backup_faults, refuse, scheme_faults
from cmopt.domain.declared import LARGEST, Declared, Fixed, Key, Percent, Title
from cmopt.domain.goals import Goal
from cmopt.domain.grading_scheme import Grading, Part, PointsRule, Route, Tier
from cmopt.domain.load_limit import Limit
from cmopt.domain.parameters import Parameter

__all__ = [
    "AtMost",
    "Backups",
    "Balance",
    "Book",
    "Goal",
    "Grading",
    "Incumbency",
    "Limit",
    "Measure",
    "PairFigures",
    "Parameter",
    "Part",
    "PointsRule",
    "Route",
    "Scheme",
    "Segment",
    "Team",
    "Tier",
    "Title",
]


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
    """A manager holds at most `k` accounts across `segments`.

    `price`: what each account above `k` costs in the goal `penalty`; none: the rule is hard.
    """

    key: Key
    title: Title
    segments: tuple[Key, ...] = Field(min_length=1)
    k: int = Field(ge=1, le=LARGEST)
    price: int | None = Field(default=None, ge=1, le=LARGEST)


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


class Backups(Declared):
    """Accounts that need more than one manager have a lead and backups, all different people.

    `share`: how much of the account's load a backup carries besides; `in_caps`: whether being a backup counts
    in `at_most`.
    """

    share: Percent = 0
    in_caps: bool = False

    @model_validator(mode="after")
    def _at_most_the_lead(self) -> Self:
        refuse(backup_faults(self))
        return self


class PairFigures(Declared):
    """What counts for a pair about which the links table says nothing."""

    fit_absent: Fixed = 0
    cost_absent: Fixed = 0


class Measure(Declared):
    """A load: the sum of a numeric client column over the clients a manager holds.

    Only clients of `kind` and of at least `quality_at_least` (1-5) count, where given. `absent`: what a
    client whose cell is blank counts. A figure for the pair in the links table takes the place of the client's.
    """

    key: Key
    title: Title
    column: str = "balance"
    unit: Literal["money", "points", "count"] = "money"
    kind: Literal["loan", "deposit"] | None = None
    quality_at_least: int | None = Field(default=None, ge=1, le=5)
    absent: Fixed = 0

    def of(self, client: Client, link: Link | None = None) -> int:
        """This client's load, in millionths; `link`: on whoever the link is of."""
        if self.kind is not None and client.kind != self.kind:
            return 0
        if self.quality_at_least is not None and (client.quality or 1) < self.quality_at_least:
            return 0
        value = None if link is None else link.measures.get(self.column)
        if value is None:
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


class Scheme(Declared):
    """A year's plan. See models/README.md for the mathematics of each rule and goal.

    `parameters` are the figures that stood as ``"$NAME"`` elsewhere (they are put in while the file is read).
    `example`: a filling for show; its figures are nobody's rules.
    """

    format: Literal[1]
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: Title
    source: Title
    example: bool = False
    parameters: dict[Key, Parameter] = Field(default_factory=dict)
    grading: Grading
    segments: tuple[Segment, ...] = Field(min_length=1)
    at_most: tuple[AtMost, ...] = ()
    limits: tuple[Limit, ...] = ()
    teams: tuple[Team, ...] = ()
    incumbency: Incumbency = Incumbency()
    backups: Backups = Backups()
    links: PairFigures = PairFigures()
    measures: tuple[Measure, ...]
    balance: Balance
    jurisdiction: tuple[Key, ...] = ()
    goals: tuple[Goal, ...] = Field(min_length=1)
    book: Book | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        refuse([*scheme_faults(self), *book_names(self)])
        return self

    @cached_property
    def filled_parameters(self) -> dict[str, dict[str, object]]:
        """Parameter -> its value, whether the source states it, and who filled it (None: the scheme's file)."""
        return {
            key: {"value": p.plain, "stated": p.stated, "filled_by": p.filled_by}
            for key, p in self.parameters.items()
        }

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
