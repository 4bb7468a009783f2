"""Column generation: the relaxation over bundles, one convex combination of bundles for each manager.

G. Dantzig, P. Wolfe, *Decomposition principle for linear programs*, Operations Research 8 (1960); for
generalized assignment M. Savelsbergh, *A branch-and-price algorithm for the generalized assignment problem*,
Operations Research 45 (1997). The multipliers that are priced lie between the relaxation's and the best so far
(P. Wentges, *Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming*, International
Transactions in Operational Research 4, 1997). The relaxation is counted in floats and only guides;
`Priced.lower` is counted in integers and holds for whatever multipliers there are.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from ortools.linear_solver import pywraplp

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.assignment import Assignment
from cmopt.solvers.columns.near import near_best
from cmopt.solvers.linear.relax import Floats

Bundle = tuple[int, tuple[int, ...]]  # manager, jobs

SMOOTH = 0.5  # how far the priced multipliers lie from the relaxation's towards the best so far
DEAR = 10  # times the largest cost: of a job that no bundle covers
SEEDS = 30  # bundles of each manager to begin with
NEAR_ENOUGH = 0.01  # in steps: relaxation and bound that close are taken for met


@dataclass(frozen=True)
class Priced:
    """What multipliers say. lower: a bound in 1 / scale of the unit; best: each manager's best bundle."""

    y: Ints
    lower: int
    best: tuple[tuple[int, ...], ...]


class Pricing:
    """sum of y + sum over managers of the least (cost - y) . x that the knapsack allows, in whole numbers."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self._knapsacks = [assignment.knapsack(i) for i in range(assignment.shape[0])]

    def at(self, y: Ints) -> Priced:
        a = self.assignment
        lower, best = int(y.sum()), []
        for i, (jobs, knapsack) in enumerate(self._knapsacks):
            value, chosen = knapsack.best(a.cost[i, jobs] * a.scale - y[jobs])
            lower += value
            best.append(tuple(sorted(jobs[chosen].tolist())))
        return Priced(y, lower, tuple(best))


@dataclass
class Master:
    """The relaxation over the bundles known; `share` by bundle is its part in the last optimum."""

    assignment: Assignment
    bundles: list[Bundle] = field(default_factory=list)

    def __post_init__(self) -> None:
        a = self.assignment
        m, n = a.shape
        self._known: set[Bundle] = set()
        self._solver: Any = pywraplp.Solver.CreateSolver("GLOP")  # type: ignore[no-untyped-call]
        self._covers = [self._solver.RowConstraint(1, 1, "") for _ in range(n)]
        self._ones = [self._solver.RowConstraint(-self._solver.infinity(), 1, "") for _ in range(m)]
        self._objective = self._solver.Objective()
        self._objective.SetMinimization()
        self._columns: list[Any] = []
        dear = float(DEAR * (1 + int(np.abs(a.cost).max(initial=0))))
        self._without = [self._column(dear, [cover]) for cover in self._covers]

    def _column(self, cost: float, rows: list[Any]) -> Any:
        column = self._solver.NumVar(0, self._solver.infinity(), "")
        self._objective.SetCoefficient(column, cost)
        for row in rows:
            row.SetCoefficient(column, 1)
        return column

    def add(self, bundles: Iterable[Bundle]) -> int:
        """How many of them are new."""
        new = 0
        for i, jobs in bundles:
            if (i, jobs) not in self._known and jobs:
                self._known.add((i, jobs))
                self.bundles.append((i, jobs))
                cost = float(self.assignment.cost[i, list(jobs)].sum())
                self._columns.append(self._column(cost, [self._ones[i], *(self._covers[j] for j in jobs)]))
                new += 1
        return new

    def solve(self, seconds: float) -> tuple[float, Floats, Floats] | None:
        """(value, multipliers of jobs, of managers); None where no optimum is found in time."""
        self._solver.set_time_limit(max(1, int(min(seconds, 1e6) * 1000)))
        if self._solver.Solve() != pywraplp.Solver.OPTIMAL:
            return None
        y, z = (np.array([r.dual_value() for r in rows]) for rows in (self._covers, self._ones))
        return float(self._objective.Value()), y, z

    def share(self) -> Floats:
        return np.array([c.solution_value() for c in self._columns])

    def uncovered(self) -> float:
        return float(sum(c.solution_value() for c in self._without))


@dataclass(frozen=True)
class Generated:
    """priced: the best bound met. bundles with their shares in the relaxation; `covered`: by bundles alone."""

    priced: Priced
    bundles: list[Bundle]
    share: Floats
    covered: bool
    value: float


def generate(
    assignment: Assignment, y: Ints, bundles: Iterable[Bundle], end: int, rounds: int, seconds: float
) -> Generated | None:
    """Columns until relaxation and bound meet, the bound reaches `end` (in parts), or `rounds` are over.

    y: multipliers to begin with; bundles: columns to begin with. None where the relaxation fails or time is up.
    """
    stop = time.perf_counter() + seconds
    scale = assignment.scale
    pricing, master = Pricing(assignment), Master(assignment)
    master.add(bundles)
    best = pricing.at(y)
    master.add(_seeds(assignment, y))
    master.add(enumerate(best.best))
    smooth = SMOOTH
    found = None
    for turn in range(rounds + 1):
        solved = master.solve(stop - time.perf_counter())
        if solved is None:
            break
        value, duals, _ = solved
        found = Generated(best, list(master.bundles), master.share(), master.uncovered() < 1e-6, value)
        met = value - best.lower / scale <= NEAR_ENOUGH * assignment.step or best.lower >= end
        if met or turn == rounds or time.perf_counter() > stop:
            break
        mixed = np.rint(smooth * best.y + (1 - smooth) * duals * scale).astype(np.int64)
        priced = pricing.at(mixed)
        new = master.add(enumerate(priced.best))
        if priced.lower > best.lower:
            best = priced
        elif not new:
            if smooth == 0:
                break
            smooth = 0.0 if smooth < 0.2 else smooth / 2
    return None if found is None else replace(found, priced=best)


def _seeds(a: Assignment, y: Ints) -> list[Bundle]:
    """Of each manager the best bundles at the multipliers: with them the relaxation begins near its end."""
    found: list[Bundle] = []
    for i, table in enumerate(near_best(a, y)):
        found += [(i, jobs) for jobs in table.about(SEEDS, a.step * a.scale // 8)]
    return found
