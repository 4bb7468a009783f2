"""Generalized assignment: every job to one manager, one knapsack for each manager, at the least cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.linear.knapsack import LARGEST_TABLE, Knapsack
from cmopt.solvers.linear.neighbourhood import Places
from cmopt.solvers.linear.rows import Row, Rows

FINE = 2**40  # costs are counted in parts of the unit as fine as this allows
LARGEST_SUM = 2**60


@dataclass(frozen=True)
class Assignment:
    """cost[i, j] and uses[i, j] (at least 0) of job j on manager i, who may hold it where may[i, j], and
    capacity[i] (at least 0); whole numbers."""

    cost: Ints
    uses: Ints
    capacity: Ints
    may: Bools

    @property
    def shape(self) -> tuple[int, int]:
        """Managers, jobs."""
        return int(self.cost.shape[0]), int(self.cost.shape[1])

    @property
    def scale(self) -> int:
        """Parts of the unit of cost that multipliers are counted in."""
        return max(1, FINE // max(int(np.abs(self.cost).max(initial=1)), 2**20))

    @property
    def step(self) -> int:
        """What counts as little, in units of cost: a hundredth of the mean, at least 1."""
        return max(1, int(np.abs(self.cost).mean()) // 100)

    def value(self, held: Ints) -> int:
        """Cost of a division, held[j] the manager of job j."""
        return int(self.cost[held, np.arange(len(held))].sum())

    def keeps(self, held: Ints) -> bool:
        """Whether a division keeps every capacity, and everybody may hold what is theirs."""
        jobs = np.arange(len(held))
        loads = np.bincount(held, weights=self.uses[held, jobs], minlength=len(self.capacity))
        return bool(self.may[held, jobs].all() and (loads <= self.capacity).all())

    def part(self, managers: Ints, jobs: Ints) -> Self:
        pairs = np.ix_(managers, jobs)
        return type(self)(self.cost[pairs], self.uses[pairs], self.capacity[managers], self.may[pairs])

    def knapsack(self, i: int) -> tuple[Ints, Knapsack]:
        """(the jobs that manager i may hold, their knapsack)."""
        jobs = np.flatnonzero(self.may[i])
        return jobs, Knapsack.of(self.uses[i, jobs], int(self.capacity[i]))


@dataclass(frozen=True)
class Reading:
    """An assignment inside of rows: column[i, j] of each pair (-1: none), account and manager numbers of its
    jobs and managers, and the cost of what is settled."""

    assignment: Assignment
    column: Ints
    covers: Ints
    settled: int

    def columns(self, held: Ints, x: Ints) -> Ints:
        """x with its pairs as in `held`."""
        new = x.copy()
        new[self.column[self.column >= 0]] = 0
        new[self.column[held, np.arange(len(held))]] = 1
        return new


def read_assignment(rows: Rows, places: Places) -> Reading | None:
    """The assignment that undecided columns and the rows over them make up; None where they are more than
    that: accounts that may be left out, a second row of a manager, a least load, capacities too large for a
    table."""
    open_ = rows.upper > rows.lower
    pairs = open_ & (places.manager >= 0)
    if (open_ != pairs).any() or not pairs.any() or not ((rows.lower == 0) & (rows.upper == 1))[pairs].all():
        return None
    jobs = np.unique(places.account[pairs])
    managers = np.unique(places.manager[pairs])
    column = np.full((len(managers), len(jobs)), -1, dtype=np.int64)
    own = np.flatnonzero(pairs)
    at_manager = np.searchsorted(managers, places.manager)
    at_job = np.searchsorted(jobs, places.account)
    column[at_manager[own], at_job[own]] = own
    uses = np.zeros(column.shape, dtype=np.int64)
    capacity = np.full(len(managers), -1, dtype=np.int64)
    covers = np.full(len(jobs), -1, dtype=np.int64)
    for r, row in enumerate(rows.rows):
        inside = open_[row.columns]
        if not inside.any():
            continue
        rest = row.columns[~inside]
        settled = int((row.coefficients[~inside] * rows.lower[rest]).sum())
        free, k = row.columns[inside], row.coefficients[inside]
        where = np.unique(at_job[free])
        if _covers(row, k, settled) and len(where) == 1 and (column[:, where[0]] >= 0).sum() == len(free):
            covers[where[0]] = r
            continue
        most = None if row.most is None else row.most - settled
        least = None if row.least is None else row.least - settled
        low, high = int(np.minimum(k, 0).sum()), int(np.maximum(k, 0).sum())
        if (most is None or high <= most) and (least is None or low >= least):
            continue
        who = np.unique(at_manager[free])
        one = len(who) == 1 and (least is None or low >= least) and most is not None
        if (
            not one
            or (k < 0).any()
            or capacity[who[0]] >= 0
            or most is None
            or not 0 <= most <= LARGEST_TABLE
        ):
            return None
        uses[who[0], at_job[free]] = k
        capacity[who[0]] = most
    if (covers < 0).any():
        return None
    may = column >= 0
    cost = np.where(may, rows.cost[column], 0)
    assignment = Assignment(cost, uses, np.maximum(capacity, 0), may)
    if float(np.abs(cost).max(axis=0).sum()) * assignment.scale * 4 >= LARGEST_SUM:
        return None
    return Reading(assignment, column, covers, int(rows.cost[~open_] @ rows.lower[~open_]))


def _covers(row: Row, k: Ints, settled: int) -> bool:
    """Whether the row says that exactly one of its undecided columns is 1."""
    return bool((k == 1).all()) and row.least == row.most == 1 + settled
