"""Leximin and leximax by sums: the n worst-off together, for n = 1, 2, ... settle the levels one by one.

The sum of the n smallest of W is the largest n * t - sum of max(0, t - W_i) over all t; likewise the largest.
Source: W. Ogryczak, T. Sliwinski, *On direct methods for lexicographic min-max optimization*, ICCSA 2006.
"""

from __future__ import annotations

import math

from cmopt.solvers.second.division import Division
from cmopt.solvers.second.milp import Sum

SMALL = 2**14  # totals are put to the engine in a unit that keeps them below this


def level_cost(division: Division, goal: str, n: int) -> tuple[Sum, int]:
    """What the n worst-off add up to, as a cost whose least is the value (for leximin times -1), and the
    common divisor of all totals."""
    milp, totals = division.milp, division.problem.totals[goal]
    sign = 1 if goal == "leximax" else -1
    carried = []
    for i, base in zip(totals.members, totals.base, strict=True):
        pairs = ((division.hold.get((i, j)), totals.of(i, j)) for j in range(len(totals.load)))
        carried.append(Sum(((v, load) for v, load in pairs if v is not None and load), base) * sign)
    step = math.gcd(*(c for w in carried for c in (w.constant, *w.terms.values()))) or 1
    low = min(milp.least(w) for w in carried)
    high = max(milp.most(w) for w in carried)
    unit = step << max(0, (max(abs(low), abs(high)) // (SMALL * step)).bit_length())
    floor, roof = low // unit, -(-high // unit)
    line = milp.variable(f"{goal}_{n}_line", floor, roof, integer=False)
    cost = Sum([(line, n * unit)])
    for w, i in zip(carried, totals.members, strict=True):
        over = milp.variable(f"{goal}_{n}_over_{i}", 0, roof - floor, integer=False)
        milp.add(f"{goal}_{n}_{i}", w - Sum([(line, unit), (over, unit)]), most=0, unit=unit)
        cost += Sum([(over, unit)])
    return cost, step
