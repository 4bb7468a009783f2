"""The goals as sums. For those that are only bounded from below (merit, balance) the least is the value."""

from __future__ import annotations

import math
from collections.abc import Callable

from cmopt.domain.goals import LEXICOGRAPHIC
from cmopt.domain.problem import Ints
from cmopt.solvers.second.deviation import countable, deviation
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.loads import penalty
from cmopt.solvers.second.merit import merit
from cmopt.solvers.second.milp import Sum
from cmopt.solvers.second.spreads import balance


def covers(division: Division, goal: str) -> bool:
    """Whether the second engine has this goal."""
    if goal == "deviation":
        return countable(division.problem)
    return goal in EXPRESS or goal in LEXICOGRAPHIC


def coverage(division: Division) -> Sum:
    return Sum.of(division.out)


def coverage_balance(division: Division) -> Sum:
    return Sum(zip(division.out, division.problem.balance, strict=True))


def continuity(division: Division) -> Sum:
    return Sum.of(division.hold[i, j] for j, i in enumerate(division.problem.keeper) if i is not None)


def continuity_balance(division: Division) -> Sum:
    keepers = enumerate(division.problem.keeper)
    return Sum((division.hold[i, j], division.problem.balance[j]) for j, i in keepers if i is not None)


def jurisdiction(division: Division) -> Sum:
    return Sum.of(v for pair, v in division.hold.items() if division.problem.outside[pair])


def draw(division: Division) -> Sum:
    return Sum((v, int(division.problem.draw[pair])) for pair, v in division.hold.items())


def fit(division: Division) -> Sum:
    return _figures(division, division.problem.fit)


def cost(division: Division) -> Sum:
    return _figures(division, division.problem.cost)


def bids(division: Division) -> Sum:
    return _figures(division, division.problem.bid)


def handovers(division: Division) -> Sum:
    return _figures(division, division.problem.handover)


def tier_preference(division: Division) -> Sum:
    return _figures(division, division.problem.tier_place)


def worst_served(division: Division) -> Sum:
    """One figure that no account's total fit is below, in units of the common divisor."""
    problem, milp = division.problem, division.milp
    served = []
    for lead in sorted(set(range(len(problem.accounts))) - problem.backups):
        places = problem.places.get(lead, (lead,))
        pairs = [(i, j) for j in places for i in problem.may_hold[j]]
        served.append(Sum((division.hold[pair], _figure(problem.fit, pair)) for pair in pairs))
    step = math.gcd(*(c for total in served for c in total.terms.values())) or 1
    low = min(milp.least(total) for total in served) // step
    high = min(milp.most(total) for total in served) // step
    worst = milp.variable("worst_served", low, high)
    for total in served:
        milp.add("served", total - Sum([(worst, step)]), least=0)
    return Sum([(worst, step)])


def _figures(division: Division, figures: Ints | None) -> Sum:
    return Sum((v, _figure(figures, pair)) for pair, v in division.hold.items())


def _figure(figures: Ints | None, pair: tuple[int, int]) -> int:
    assert figures is not None, "a goal needs the figures that it adds up"
    return int(figures[pair])


EXPRESS: dict[str, Callable[[Division], Sum]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "deviation": deviation,
    "fit": fit,
    "worst_served": worst_served,
    "cost": cost,
    "bids": bids,
    "penalty": penalty,
    "jurisdiction": jurisdiction,
    "handovers": handovers,
    "tier_preference": tier_preference,
    "draw": draw,
}
