"""One part of the book: all it is built from, small enough to send to another process, and its Problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_result import BookPart
from cmopt.domain.clients import Link
from cmopt.domain.problem import Ints, Problem
from cmopt.domain.scheme import Book, Scheme
from cmopt.errors import InputError
from cmopt.problem.book_columns import Columns
from cmopt.problem.book_figures import bids, cost, draw, fit, handover, tier_place
from cmopt.problem.book_groups import together
from cmopt.problem.book_loads import BookLoads
from cmopt.problem.book_rules import may_hold
from cmopt.problem.book_sizes import refuse_large


@dataclass(frozen=True, slots=True)
class Manager:
    """One manager of a part. seated: on a central team. own: their figures of the staff table."""

    staff_id: str
    branch: str
    tier: str
    rank: int | None
    is_head: bool
    seated: bool
    own: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class BookSlice:
    """clients, staff: positions in `case.clients` and the roster. columns: of these clients, with people as
    numbers in `managers`. links: of these clients. base: measure -> what each manager carries anyway."""

    name: str
    branches: tuple[str, ...]
    regions: tuple[tuple[str, ...], ...]
    scheme: Scheme
    seed: int
    clients: Ints
    staff: Ints
    managers: tuple[Manager, ...]
    columns: Columns
    links: tuple[Link, ...]
    no_bid: int
    base: Mapping[str | None, Ints]

    @property
    def book(self) -> Book:
        assert self.scheme.book is not None
        return self.scheme.book

    def build(self) -> BookPart:
        """The part with its Problem. Raises InputError where a figure is too large to be exact."""
        eligible, settled, pins = may_hold(self)
        incumbent = self.columns.incumbent
        keeper = np.where(incumbent >= 0, incumbent, 0)
        able = (incumbent >= 0) & (
            eligible[keeper, np.arange(len(keeper))]
            if len(self.managers)
            else np.zeros(len(keeper), dtype=np.bool_)
        )
        keeper = np.where(able, incumbent, -1)
        loads = BookLoads(self, eligible)
        wanted = {g.name for g in self.book.goals}
        within = {b: n for n, b in enumerate(self.columns.branches)}
        of_manager = np.array([within[m.branch] for m in self.managers], dtype=np.int64)
        problem = Problem(
            managers=tuple(m.staff_id for m in self.managers),
            accounts=tuple(self.columns.ids),
            tier=tuple(m.tier for m in self.managers),
            rank=tuple(m.rank for m in self.managers),
            segment=tuple(self.scheme.segments[s].key for s in self.columns.segment.tolist()),
            balance=tuple(self.columns.balance.tolist()),
            level=(0,) * len(self.columns.ids),
            incumbent=_persons(incumbent),
            keeper=_persons(keeper),
            keep_is_rule=False,
            eligible=eligible,
            outside=of_manager[:, None] != self.columns.branch[None, :],
            draw=draw(self, eligible) if "draw" in wanted else np.zeros(eligible.shape, dtype=np.int64),
            pins=pins,
            caps=(),
            teams=(),
            spreads=loads.spreads() if "mix" in wanted else (),
            resolution=self.book.resolution,
            teams_apart=False,
            goals=tuple(
                g.model_copy(update={"name": CORE_GOAL.get(g.name, g.name)}) for g in self.book.goals
            ),
            limits=(*loads.bands(), *loads.limits()),
            fit=fit(self) if "fit" in wanted else None,
            cost=cost(self) if "cost" in wanted else None,
            bid=bids(self, keeper) if "bids" in wanted else None,
            handover=handover(self, keeper) if "handovers" in wanted else None,
            tier_place=tier_place(self) if "tier_preference" in wanted else None,
            together=together(self.columns, eligible, settled) if self.book.groups == "together" else (),
        )
        if faults := refuse_large(problem, self.scheme):
            raise InputError(faults)
        return BookPart(self.name, self.branches, problem, self.clients, self.staff, settled)


def _persons(numbers: Ints) -> tuple[int | None, ...]:
    return tuple(None if i < 0 else i for i in numbers.tolist())
