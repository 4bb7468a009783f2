"""A lower bound that holds by arithmetic: weak duality with the multipliers rounded to exact numbers.

For any multipliers y (of the right sign where a row has one side only) and any point x within the rows and
the bounds of the variables, objective(x) >= y * sides + sum over v of the least of (c_v - y * A_v) x_v. With an
LP solver's duals this is nearly the LP's own bound; rounding costs a little of the bound, none of its truth.
Source: A. Neumaier, O. Shcherbina, *Safe bounds in linear and mixed-integer linear programming*, Mathematical
Programming 99 (2004).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from cmopt.solvers.second.milp import Milp, Sum

DIGITS = 48  # binary digits behind the point that a multiplier keeps


@dataclass(frozen=True)
class Dual:
    """A bound and, by variable, what each unit away from the bound of the variable that it is at adds to it;
    both times 2**DIGITS."""

    bound: int
    factors: Mapping[int, int]

    def above(self, value: int) -> bool:
        """Whether nothing is as low as `value`."""
        return self.bound > value << DIGITS

    def narrower(self, milp: Milp, most: int) -> dict[int, tuple[int, int]]:
        """Variable -> closer bounds that every point whose objective is at most `most` keeps. None is lost."""
        room = (most << DIGITS) - self.bound
        found = {}
        for v, factor in self.factors.items():
            low, high = milp.lower[v], milp.upper[v]
            if not milp.integer[v] or not factor or low == high or room < 0:
                continue
            steps = room // abs(factor)
            if low + steps < high:
                found[v] = (low, low + steps) if factor > 0 else (high - steps, high)
        return found


def dual(milp: Milp, objective: Sum, multipliers: Sequence[Fraction]) -> Dual:
    """`multipliers`: one a row, for the row as it stands in `milp`; any at all, rounded here."""
    one = 1 << DIGITS
    bound = objective.constant * one
    factors = {v: c * one for v, c in objective.terms.items()}
    for row, multiplier in zip(milp.rows, multipliers, strict=True):
        y = round(multiplier * one)
        side = row.least if y > 0 else row.most
        if not y or side is None:
            continue
        bound += y * side
        for v, c in row.terms.items():
            factors[v] = factors.get(v, 0) - y * c
    for v, c in factors.items():
        bound += c * (milp.lower[v] if c > 0 else milp.upper[v])
    return Dual(bound, factors)
