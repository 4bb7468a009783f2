"""The penalty goal as a linear expression; its minimum is the goal's value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmopt.domain.declared import WHOLE
from cmopt.domain.problem import Cap, LoadLimit, Problem
from cmopt.solvers.cpsat.band import Band
from cmopt.solvers.cpsat.loads import reach, terms
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders, weighted
from cmopt.solvers.totals import by_unit, seated


def penalty(model: DivisionModel) -> Expr:
    """Sum of price * (accounts above each soft cap, begun steps beyond each end of each soft limit)."""
    costs: list[Expr] = []
    for cap in model.problem.caps:
        if cap.price is not None:
            costs += [cap.price * over for over in _over_cap(model, cap)]
    for limit in model.problem.limits:
        if limit.price is not None:
            costs += [limit.price * steps for steps in _over_limit(model, limit)]
    return sum(costs)


def most_penalty(problem: Problem) -> int:
    """No division costs more."""
    total = 0
    for cap in problem.caps:
        if cap.price is not None:
            able = problem.eligible[:, list(cap.accounts)].sum(axis=1).tolist()
            total += cap.price * sum(max(0, n - cap.k) for n in able)
    for limit in problem.limits:
        if limit.price is not None:
            ends = _Ends(problem, limit)
            for u in range(len(limit.units)):
                steps = -(-ends.below(u) // limit.step) - (-ends.above(u) // limit.step)
                total += limit.price * (
                    steps - (-ends.off_mean(u) // (WHOLE * len(limit.units) * limit.step))
                )
    return total


# --- caps --------------------------------------------------------------------------------------------


def _over_cap(model: DivisionModel, cap: Cap) -> list[Expr]:
    found = []
    for i in range(len(model.problem.managers)):
        held = model.held(i, cap.accounts)
        if len(held) > cap.k:
            over = model.cp.new_int_var(0, len(held) - cap.k, f"over_{cap.key}_{i}")
            model.cp.add(over >= sum(held) - cap.k)
            found.append(model.derive(over, _count_over(cap, i)))
    return found


def _count_over(cap: Cap, i: int) -> Callable[[Holders], int]:
    return lambda holders: max(0, sum(holders[j] == i for j in cap.accounts) - cap.k)


# --- limits ------------------------------------------------------------------------------------------


class _Ends:
    """By how much a unit can be beyond each end at the most; of the band in 1 / (10,000 n) millionths."""

    def __init__(self, problem: Problem, limit: LoadLimit) -> None:
        self.limit = limit
        everybody = [i for unit in limit.units for i in unit]
        self.whole = tuple(sum(limit.base) + end for end in reach(problem, limit, everybody))
        self.reach = [
            (base + low, base + high)
            for unit, base in zip(limit.units, limit.base, strict=True)
            for low, high in (reach(problem, limit, unit),)
        ]

    def below(self, u: int) -> int:
        least = self.limit.least[u]
        return 0 if least is None else max(0, least - self.reach[u][0])

    def above(self, u: int) -> int:
        most = self.limit.most[u]
        return 0 if most is None else max(0, self.reach[u][1] - most)

    def off_mean(self, u: int) -> int:
        if self.limit.within is None:
            return 0
        n, p = len(self.reach), self.limit.within
        low, high = self.whole
        above = WHOLE * n * self.reach[u][1] - min((WHOLE + p) * low, (WHOLE + p) * high)
        below = max((WHOLE - p) * low, (WHOLE - p) * high) - WHOLE * n * self.reach[u][0]
        return max(0, above, below)


def _over_limit(model: DivisionModel, limit: LoadLimit) -> list[Expr]:
    """The begun steps beyond each end, unit by unit."""
    found: list[Expr] = []
    ends = _Ends(model.problem, limit)
    band = None if limit.within is None else Band(model, limit)
    fraction = WHOLE * len(limit.units)
    for u, (members, base) in enumerate(zip(limit.units, limit.base, strict=True)):
        literals, figures = terms(model, limit, members)
        unit = math.gcd(*figures) or 1
        held = weighted(literals, [f // unit for f in figures])
        least, most = limit.least[u], limit.most[u]
        if least is not None and (worst := ends.below(u)):
            beyond = _Beyond(limit, u, worst, 1, unit, _short(least))
            found.append(beyond.steps(model, [(-held, least - base)]))
        if most is not None and (worst := ends.above(u)):
            beyond = _Beyond(limit, u, worst, 1, unit, _over(most))
            found.append(beyond.steps(model, [(held, base - most)]))
        if band is not None and (worst := ends.off_mean(u)):
            beyond = _Beyond(limit, u, worst, fraction, band.unit, _off_mean(limit))
            found.append(beyond.steps(model, [(row, 0) for row in band.beyond(u)]))
    return found


@dataclass(frozen=True)
class _Beyond:
    """One end of one unit: overstepped by `worst` / `fraction` millionths at the most."""

    limit: LoadLimit
    u: int
    worst: int
    fraction: int
    unit: int
    value: Callable[[list[int], int], int]  # totals by unit, the unit's number -> by how much, at least 0

    def steps(self, model: DivisionModel, rows: Sequence[tuple[Expr, int]]) -> Expr:
        """A variable q with step * q >= unit * row + constant for each row, unless a seat frees the manager.

        A step that is longer than the worst excess counts the same as one as long as that, or a little longer.
        """
        limit, members = self.limit, self.limit.units[self.u]
        step = min(limit.step * self.fraction, -(-self.worst // self.unit) * self.unit)
        common = math.gcd(step, self.unit)
        q = model.cp.new_int_var(
            0, -(-self.worst // step), f"steps_{limit.key}_{self.u}_{len(model.derived)}"
        )
        seats = [seat for (_, i), seat in model.seat.items() if i in members] if limit.except_teams else []
        for row, constant in rows:
            held = model.cp.add(step // common * q >= self.unit // common * row - (-constant // common))
            if seats:
                held.only_enforce_if([seat.Not() for seat in seats])

        def value(holders: Holders) -> int:
            if limit.except_teams and seated(model.problem, holders).intersection(members):
                return 0
            return -(-self.value(by_unit(limit, holders), self.u) // step)

        return model.derive(q, value)


def _short(least: int) -> Callable[[list[int], int], int]:
    return lambda totals, u: max(0, least - totals[u])


def _over(most: int) -> Callable[[list[int], int], int]:
    return lambda totals, u: max(0, totals[u] - most)


def _off_mean(limit: LoadLimit) -> Callable[[list[int], int], int]:
    p = limit.within or 0
    return lambda totals, u: max(0, WHOLE * abs(len(totals) * totals[u] - sum(totals)) - p * sum(totals))
