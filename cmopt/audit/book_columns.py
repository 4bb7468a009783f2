"""The case as arrays: what the audit of the book reads of clients, staff and links, by position in id order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.client_list import Clients
from cmopt.domain.clients import Case, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Measure, Scheme

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

NONE = -1  # no such person, tier, segment or group
LOAN, DEPOSIT = 0, 1


@dataclass(frozen=True)
class Columns:
    """Case, scheme and grades by position; loads are in millionths of their unit."""

    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]

    # --- staff ---

    @cached_property
    def staff_ids(self) -> list[str]:
        return [s.staff_id for s in self.case.roster]

    @cached_property
    def staff_number(self) -> dict[str, int]:
        return {s: i for i, s in enumerate(self.staff_ids)}

    @cached_property
    def tiers(self) -> list[str]:
        return [t.key for t in self.scheme.grading.tiers]

    @cached_property
    def staff_tier(self) -> Ints:
        """Position of everybody's tier in `tiers`; NONE: no manager."""
        number = {t: n for n, t in enumerate(self.tiers)}
        held = (self.grades.get(s) for s in self.staff_ids)
        return np.array(
            [NONE if g is None or g.tier is None else number[g.tier] for g in held], dtype=np.int64
        )

    # --- clients ---

    @property
    def clients(self) -> Clients:
        return self.case.clients

    @cached_property
    def is_loan(self) -> Bools:
        return np.asarray(self.clients.kind_code == LOAN)

    @cached_property
    def quality(self) -> Ints:
        """1 to 5; a blank grade counts as 1."""
        return np.maximum(np.asarray(self.clients.quality, dtype=np.int64), 1)

    @cached_property
    def segment(self) -> Ints:
        """Position of the first of the scheme's segments that fits; NONE where none does."""
        c = self.clients
        found, open_still = np.full(len(c), NONE, dtype=np.int64), np.ones(len(c), dtype=np.bool_)
        for number, segment in enumerate(self.scheme.segments):
            fits = open_still & (self.is_loan if segment.kind == "loan" else ~self.is_loan)
            if segment.at_least is not None:
                fits &= np.asarray(c.balance >= segment.at_least, dtype=np.bool_)
            if segment.below is not None:
                fits &= np.asarray(c.balance < segment.below, dtype=np.bool_)
            if segment.key_deposit is not None:
                fits &= c.key_deposit == segment.key_deposit
            found[fits] = number
            open_still &= ~fits
        return found

    # --- loads and links ---

    def loads(self, measure: Measure | None) -> Ints:
        """What each client counts on whoever holds it, figures of pairs apart; with no measure: one client."""
        key = None if measure is None else measure.key
        if key not in self._loads:
            self._loads[key] = self._counted(measure)
        return self._loads[key]

    @cached_property
    def _loads(self) -> dict[str | None, Ints]:
        return {}

    def _counted(self, measure: Measure | None) -> Ints:
        if measure is None:
            return np.full(len(self.clients), UNIT, dtype=np.int64)
        values, present = self.clients.column(measure.column)
        return np.where(self.counts(measure), np.where(present, values, measure.absent), 0)

    def counts(self, measure: Measure) -> Bools:
        """The clients that the measure does not leave out."""
        counted = np.ones(len(self.clients), dtype=np.bool_)
        if measure.kind is not None:
            counted &= self.is_loan if measure.kind == "loan" else ~self.is_loan
        if measure.quality_at_least is not None:
            counted &= self.quality >= measure.quality_at_least
        return counted

    def pair_loads(self, measure: Measure | None) -> Pairs:
        """Pairs that the links table gives a load of their own."""
        if measure is None:
            return Pairs.of([], len(self.staff_ids))
        pairs = self.pairs(lambda link: link.measures.get(measure.column))
        return pairs.only(self.counts(measure)[pairs.client])

    def pairs(self, figure: Callable[[Link], int | None]) -> Pairs:
        """Pairs of known clients and staff of whom `figure` says anything."""
        staff, clients = self.staff_number, self._linked
        told = [
            (clients[k.client_id], staff[k.staff_id], value)
            for k in self.case.links
            if k.client_id in clients and k.staff_id in staff and (value := figure(k)) is not None
        ]
        return Pairs.of(told, len(staff))

    @cached_property
    def _linked(self) -> dict[str, int]:
        """Positions of the clients that the links table names."""
        named = {k.client_id for k in self.case.links}
        found = ((c, self.clients.position(c)) for c in named)
        return {c: j for c, j in found if j is not None}


@dataclass(frozen=True)
class Pairs:
    """Figures of some pairs (client, person): `key` = client * staff + person, in order, and its `value`."""

    key: Ints
    value: Ints
    staff: int

    @classmethod
    def of(cls, told: Iterable[tuple[int, int, int]], staff: int) -> Pairs:
        table = sorted((j * staff + i, v) for j, i, v in told)
        key, value = [k for k, _ in table], [v for _, v in table]
        return cls(np.array(key, dtype=np.int64), np.array(value, dtype=np.int64), staff)

    def __len__(self) -> int:
        return len(self.key)

    @property
    def client(self) -> Ints:
        return self.key // self.staff

    @property
    def person(self) -> Ints:
        return self.key % self.staff

    def only(self, these: Bools) -> Pairs:
        return Pairs(self.key[these], self.value[these], self.staff)

    def where(self, clients: Ints, people: Ints) -> tuple[Bools, Ints]:
        """Of each pair (broadcast; a person below 0: nobody) whether it is among these, and its figure, 0 where
        not."""
        if not len(self.key):
            shape = np.broadcast(clients, people).shape
            return np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.int64)
        wanted = clients * self.staff + people
        at = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        there = np.asarray((self.key[at] == wanted) & (people >= 0), dtype=np.bool_)
        return there, np.where(there, self.value[at], 0)

    def within(self, clients: Ints, people: Ints, size: int) -> tuple[Ints, Ints, Ints]:
        """Row, column and figure of each of these pairs in a table of `clients` and `people` (positions, each
        once; `size`: of all clients)."""
        if not len(self.key):
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing
        row, column = np.full(size, NONE, dtype=np.int64), np.full(self.staff, NONE, dtype=np.int64)
        row[clients], column[people] = np.arange(len(clients)), np.arange(len(people))
        rows, columns = row[self.client], column[self.person]
        inside = (rows != NONE) & (columns != NONE)
        return rows[inside], columns[inside], self.value[inside]


def totals(index: Ints, figures: Ints, size: int) -> list[int]:
    """The figures added up by index (those of a negative index left out), exactly."""
    there = index >= 0
    index, figures = index[there], figures[there]
    if figures.dtype == np.int64 and _magnitude(figures) * len(figures) < 2**62:
        found = np.zeros(size, dtype=np.int64)
        np.add.at(found, index, figures)
        return [int(v) for v in found]
    exact = [0] * size
    for at, value in zip(index.tolist(), figures.tolist(), strict=True):
        exact[at] += value
    return exact


def exact_sum(figures: Ints) -> int:
    """The sum of an array, exactly."""
    if figures.dtype == np.int64 and _magnitude(figures) * max(1, figures.size) >= 2**62:
        high, low = figures >> 32, figures & 0xFFFFFFFF
        return (int(high.sum()) << 32) + int(low.sum())
    return int(figures.sum())


def _magnitude(figures: Ints) -> int:
    return max(abs(int(figures.min())), abs(int(figures.max()))) if figures.size else 0
