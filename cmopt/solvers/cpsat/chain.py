"""Goals that are plain sums over the division, several in one search.

Minimising w1 * cost1 + w2 * cost2 + ... with each weight above everything the later terms can add up to finds
the same optimum as one goal after the other (preemptive goal programming: Ignizio 1976), at the price of one
search. A cost is what a value lies above its least; of a goal to be maximised, what is missing to its largest.
"""

from __future__ import annotations

import numpy as np

from cmopt.domain.problem import Ints, Problem
from cmopt.domain.result import SENSE
from cmopt.domain.scheme import Goal
from cmopt.solvers.cpsat.goals import express
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.penalty import most_penalty
from cmopt.solvers.score import COUNT

LARGEST_OBJECTIVE = 2**50  # the solver reports bounds as doubles, exact below 2^53


def chained(problem: Problem, first: int) -> list[Goal]:
    """The goals from number `first` on that one search can settle: sums of known range; none but the last with
    a tolerance."""
    chain: list[Goal] = []
    size = 1
    for goal in problem.goals[first:]:
        ends = range_of(problem, goal.name)
        if ends is None or _room(size, ends[1] - ends[0]) > LARGEST_OBJECTIVE:
            break
        size = _room(size, ends[1] - ends[0])
        chain.append(goal)
        if goal.tolerance not in ("0", "0%"):
            break
    return chain


def _room(weight: int, most: int) -> int:
    """The next weight: a power of two above all that a term of this weight can add.

    Not the least such number: round weights make hard searches ten times faster (docs/how-it-works.md).
    """
    return 1 << (weight * (most + 1) - 1).bit_length()


def range_of(problem: Problem, name: str) -> tuple[int, int] | None:
    """The least and the largest value a goal can have; None where it is not a plain sum."""
    if min(problem.balance) < 0 and name.endswith("_balance"):
        return None
    match name:
        case "coverage":
            return 0, len(problem.accounts)
        case "coverage_balance":
            return 0, sum(problem.balance)
        case "continuity":
            return 0, sum(i is not None for i in problem.keeper)
        case "continuity_balance":
            return 0, sum(b for b, i in zip(problem.balance, problem.keeper, strict=True) if i is not None)
        case "fit":
            return range_of_pairs(problem, problem.fit)
        case "cost":
            return range_of_pairs(problem, problem.cost)
        case "bids":
            return range_of_pairs(problem, problem.bid)
        case "penalty":
            return 0, most_penalty(problem)
        case "jurisdiction":
            return 0, int(problem.outside.any(axis=0).sum())
        case "handovers":
            return range_of_pairs(problem, problem.handover)
        case "tier_preference":
            return range_of_pairs(problem, problem.tier_place)
        case "draw":
            return 0, int(problem.draw.max(axis=0, initial=0).sum())
        case _:
            return None


def range_of_pairs(problem: Problem, figures: Ints | None) -> tuple[int, int]:
    """The least and the largest sum of figures[i, j], each place by itself and perhaps left out."""
    assert figures is not None
    allowed = np.where(problem.eligible, figures, 0)
    return int(allowed.min(axis=0, initial=0).sum()), int(allowed.max(axis=0, initial=0).sum())


class Chain:
    """The weighted sum of some goals' costs, and what a bound on it says of each goal."""

    def __init__(self, problem: Problem, goals: list[Goal]) -> None:
        self._problem = problem
        self._goals = goals
        self._ends: dict[str, tuple[int, int]] = {g.name: range_of(problem, g.name) or (0, 0) for g in goals}
        self.weight: dict[str, int] = {}
        weight = 1
        for goal in reversed(goals):
            self.weight[goal.name] = weight
            least, most = self._ends[goal.name]
            weight = _room(weight, most - least)
        self.exprs: dict[str, Expr] = {}

    def express(self, model: DivisionModel) -> Expr:
        """The weighted sum in a model, which keeps each goal's expression in `exprs`."""
        self.exprs = {g.name: express(model, g.name) for g in self._goals}
        return sum(self.weight[n] * self._cost_of(n, e) for n, e in self.exprs.items())

    def cost(self, holders: Holders) -> int:
        return sum(w * self._cost_of(n, COUNT[n](self._problem, holders)) for n, w in self.weight.items())

    def bounds(self, best: Holders, least: int) -> list[int | None]:
        """Each goal's own bound, given that no division costs less than `least`: goal after goal, as long
        as the best division stands at the bounds before."""
        found: list[int | None] = []
        for goal in self._goals:
            weight = self.weight[goal.name]
            cost = max(0, -(-(least - (weight - 1)) // weight))
            lowest, highest = self._ends[goal.name]
            found.append(lowest + cost if SENSE[goal.name] == "min" else highest - cost)
            value = COUNT[goal.name](self._problem, best)
            if value != found[-1]:
                break
            least -= weight * cost
        return found + [None] * (len(self._goals) - len(found))

    def _cost_of(self, name: str, value: Expr) -> Expr:
        least, most = self._ends[name]
        return value - least if SENSE[name] == "min" else most - value
