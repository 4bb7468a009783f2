"""Limits as rows: hard ones as rules, soft ones as what they cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cmopt.domain.declared import WHOLE
from cmopt.domain.problem import LoadLimit
from cmopt.solvers.second.division import Division
from cmopt.solvers.second.milp import Sum
from cmopt.solvers.second.spreads import LOOSER


def add_limits(division: Division) -> None:
    """The limits without a price."""
    for number, limit in enumerate(division.problem.limits):
        if limit.price is None:
            for n, over in enumerate(_overs(division, limit)):
                for total in over.totals:
                    division.milp.add(f"limit_{number}_{n}", total, most=0)


def penalty(division: Division) -> Sum:
    """The price of the soft caps and limits: whole accounts and begun steps above them."""
    problem, milp = division.problem, division.milp
    total = Sum()
    for number, cap in enumerate(problem.caps):
        for i in range(len(problem.managers)):
            held = division.held(i, cap.accounts)
            if cap.price is not None and len(held.terms) > cap.k:
                above = milp.variable(f"above_{number}_{i}", 0, len(held.terms), integer=False)
                milp.add(f"above_{number}_{i}", held - Sum([(above, 1)]), most=cap.k)
                total += Sum([(above, cap.price)])
    for number, limit in enumerate(problem.limits):
        if limit.price is not None:
            for n, over in enumerate(_overs(division, limit)):
                size = over.unit * limit.step
                most = max(0, *(-(-milp.most(t) // size) for t in over.totals))
                steps = milp.variable(f"beyond_{number}_{n}", 0, most)
                for t in over.totals:
                    row = t - Sum([(steps, size)])
                    milp.add(f"beyond_{number}_{n}", row, most=0, unit=size, slack=LOOSER)
                total += Sum([(steps, limit.price)])
    return total


@dataclass(frozen=True)
class _Over:
    """By how much one end of a limit is overstepped: the largest of `totals`, if above 0, in 1 / unit."""

    totals: tuple[Sum, ...]
    unit: int


def _overs(division: Division, limit: LoadLimit) -> Iterator[_Over]:
    """Every end of every unit. Whoever a seat frees is below it by as much as they can be above it."""
    carried = [_carried(division, limit, u) for u in range(len(limit.units))]
    whole, n = sum(carried, Sum()), len(carried)
    for u, load in enumerate(carried):
        ends = []
        least, most = limit.least[u], limit.most[u]
        if least is not None:
            ends.append(_Over((load * -1 + least,), 1))
        if most is not None:
            ends.append(_Over((load - most,), 1))
        if limit.within is not None:
            band, apart = whole * limit.within, load * n - whole
            ends.append(_Over((apart * WHOLE - band, apart * -WHOLE - band), WHOLE * n))
        for end in ends:
            yield _Over(tuple(_unless_seated(division, limit, u, t) for t in end.totals), end.unit)


def _carried(division: Division, limit: LoadLimit, u: int) -> Sum:
    pairs = [(i, j) for i in limit.units[u] for j in division.problem.may_get[i]]
    return Sum(((division.hold[i, j], limit.of(i, j)) for i, j in pairs), limit.base[u])


def _unless_seated(division: Division, limit: LoadLimit, u: int, total: Sum) -> Sum:
    if not limit.except_teams:
        return total
    seats = [v for (_, i), v in division.seat.items() if i in limit.units[u]]
    most = max(0, division.milp.most(total))
    return total - Sum((seat, most) for seat in seats)
