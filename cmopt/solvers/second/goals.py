"""The goals as sums. For those that are only bounded from below (merit, balance) the least is the value."""

from __future__ import annotations

from collections.abc import Callable

from cmopt.solvers.second.division import Division
from cmopt.solvers.second.merit import merit
from cmopt.solvers.second.milp import Sum
from cmopt.solvers.second.spreads import balance


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


EXPRESS: dict[str, Callable[[Division], Sum]] = {
    "coverage": coverage,
    "coverage_balance": coverage_balance,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "merit": merit,
    "balance": balance,
    "jurisdiction": jurisdiction,
    "draw": draw,
}
