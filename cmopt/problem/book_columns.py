"""The bank's clients as arrays, one entry a client in the order of `case.clients`: what the book is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import cached_property

import numpy as np

from cmopt.domain.client_columns import BLANK, LOAN, Codes
from cmopt.domain.client_figures import segment_codes
from cmopt.domain.clients import Case
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Measure, Scheme
from cmopt.errors import InputError, finding
from cmopt.i18n import N_

NONE = -1  # nobody is named
ELSEWHERE = -2  # somebody is named, but not among the managers at hand

ABSENT = -(2**63)  # a blank cell in a column of figures
LARGEST_COLUMN = 2**56  # of all figures of a column together: no sum of loads comes near 64 bits


@dataclass(frozen=True)
class Columns:
    """loan, counter, pinned: flags. segment: number in `scheme.segments`, NONE: in none. branch: number in
    `branches`; group: a number, NONE: in none. incumbent, developer: positions in the roster (in a part:
    numbers of its managers), NONE or ELSEWHERE. since: held_since as yyyymmdd, 0 where blank. quality: 1-5,
    1 where blank. figures: the columns of figures that are needed, ABSENT where blank. no_bid: the bid
    of who bid nothing.
    """

    ids: Sequence[str]
    loan: Bools
    counter: Bools
    pinned: Bools
    segment: Ints
    branch: Ints
    branches: tuple[str, ...]
    group: Ints
    incumbent: Ints
    developer: Ints
    since: Ints
    quality: Ints
    needed: Ints
    figures: Mapping[str, Ints]
    no_bid: int

    @classmethod
    def of(cls, case: Case, scheme: Scheme) -> Columns:
        """The columns the book looks at. Raises InputError where figures are too large to be exact."""
        clients = case.clients
        names = sorted({"balance", "difficulty", *(m.column for m in scheme.measures)})
        pinned = np.zeros(len(clients), dtype=np.bool_)
        for link in case.links:
            if link.rule == "pin" and (c := clients.position(link.client_id)) is not None:
                pinned[c] = True
        figures = {name: _figures(case, name, scheme.measures) for name in names}
        return cls(
            ids=clients.ids,
            loan=np.asarray(clients.kind_code == LOAN),
            counter=clients.counter,
            pinned=pinned,
            segment=segment_codes(scheme, clients),
            branch=clients.branch_code,
            branches=clients.branches,
            group=clients.group_code.astype(np.int64),
            incumbent=clients.incumbent,
            developer=clients.developer,
            since=_days(clients.held_since),
            quality=np.maximum(clients.quality, 1).astype(np.int64),
            needed=clients.managers_needed,
            figures=figures,
            no_bid=1 + max((k.bid for k in case.links if k.bid is not None), default=0),
        )

    def take(self, clients: Ints, staff: Ints) -> Columns:
        """Only these clients (positions), with people as numbers in `staff` (positions in the roster)."""
        own = {f.name: getattr(self, f.name)[clients] for f in fields(self) if f.name in _BY_CLIENT}
        own |= {"incumbent": _numbers(self.incumbent[clients], staff)}
        own |= {"developer": _numbers(self.developer[clients], staff)}
        return Columns(
            **own,
            ids=tuple(self.ids[c] for c in clients.tolist()),
            branches=self.branches,
            figures={k: v[clients] for k, v in self.figures.items()},
            no_bid=self.no_bid,
        )

    @cached_property
    def number(self) -> dict[str, int]:
        return {c: n for n, c in enumerate(self.ids)}

    @property
    def balance(self) -> Ints:
        return self.figures["balance"]

    def filled(self, column: str, absent: int = 0) -> Ints:
        """A column of figures with `absent` where it is blank."""
        values = self.figures[column]
        return np.where(values == ABSENT, absent, values)

    def loads(self, measure: Measure) -> Ints:
        """What each client counts of `measure`, in millionths, whoever holds it."""
        values = self.filled(measure.column, measure.absent)
        return np.where(self.counts(measure), values, 0)

    def counts(self, measure: Measure) -> Bools:
        """Which clients count in `measure` at all."""
        there = np.ones(len(self.ids), dtype=np.bool_)
        if measure.kind is not None:
            there &= self.loan == (measure.kind == "loan")
        if measure.quality_at_least is not None:
            there &= self.quality >= measure.quality_at_least
        return there


_BY_CLIENT = ("loan", "counter", "pinned", "segment", "branch", "group", "since", "quality", "needed")


def _numbers(positions: Ints, staff: Ints) -> Ints:
    """Positions in the roster as numbers in `staff`, which is sorted."""
    if not len(staff):
        return np.where(positions == NONE, NONE, ELSEWHERE)
    at = np.minimum(np.searchsorted(staff, positions), len(staff) - 1)
    return np.where(staff[at] == positions, at, np.where(positions == NONE, NONE, ELSEWHERE))


def _days(ordinals: Codes) -> Ints:
    """Days as yyyymmdd, 0 where blank."""
    days, at = np.unique(ordinals, return_inverse=True)
    written = [0 if d == BLANK else int(date.fromordinal(d).strftime("%Y%m%d")) for d in days.tolist()]
    return np.array(written, dtype=np.int64)[at]


def _figures(case: Case, name: str, measures: Sequence[Measure]) -> Ints:
    values, present = case.clients.column(name)
    absent = max((abs(m.absent) for m in measures if m.column == name), default=0)
    of_pairs = sum(abs(k.measures.get(name, 0)) for k in case.links)
    blank = int((~present).sum())
    if float(np.abs(values).astype(np.float64).sum()) + absent * blank + of_pairs > LARGEST_COLUMN:
        text = N_("the figures of {column} are too large to be added up exactly; use a larger unit")
        raise InputError(finding("too-large", text, "clients", column=name))
    return np.where(present, values, ABSENT)
