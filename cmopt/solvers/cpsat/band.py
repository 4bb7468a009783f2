"""How far each unit of a limit lies from the mean of all of them, in whole numbers."""

from __future__ import annotations

import math

from cmopt.domain.declared import WHOLE
from cmopt.domain.problem import LoadLimit
from cmopt.solvers.cpsat.loads import load_variable, reach
from cmopt.solvers.cpsat.model import DivisionModel, Expr
from cmopt.solvers.totals import by_unit


class Band:
    """|W - mean| <= p * mean, times 10,000 n: two linear expressions a unit that must not be above 0.

    The totals are variables, so that each row has two terms however many accounts there are. They are in the
    greatest unit that divides every figure, `unit` millionths.
    """

    def __init__(self, model: DivisionModel, limit: LoadLimit) -> None:
        assert limit.within is not None
        self.limit = limit
        self.unit = math.gcd(*limit.base, *limit.load, *limit.pair.values()) or 1
        self.totals = [
            load_variable(model, limit, unit, base, f"total_{limit.key}_{u}", self.unit)
            for u, (unit, base) in enumerate(zip(limit.units, limit.base, strict=True))
        ]
        self.whole = self._whole(model)

    def beyond(self, u: int) -> tuple[Expr, Expr]:
        """By how much unit u lies above and below the band, in 1 / (10,000 n) of `unit`."""
        n, p = len(self.totals), self.limit.within or 0
        total = WHOLE * n * self.totals[u]
        return total - (WHOLE + p) * self.whole, (WHOLE - p) * self.whole - total

    def _whole(self, model: DivisionModel) -> Expr:
        limit = self.limit
        everybody = [i for unit in limit.units for i in unit]
        low, high = (sum(limit.base) + end for end in reach(model.problem, limit, everybody))
        if all(isinstance(t, int) for t in self.totals):
            return sum(self.totals)
        whole = model.cp.new_int_var(low // self.unit, high // self.unit, f"whole_{limit.key}")
        model.cp.add(sum(self.totals) == whole)
        return model.derive(whole, lambda holders: sum(by_unit(limit, holders)) // self.unit)
