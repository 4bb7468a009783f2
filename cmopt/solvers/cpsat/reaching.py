"""Whether a manager's total is large enough: a literal or a sum of literals that a relaxation sees through.

Totals here are to be made large; of leximax they are the opposite of the loads. A threshold on a sum of loads
is a knapsack: cut down to what is missing, sum min(load, missing) x >= missing b holds for whoever reaches it,
and is far tighter in fractions (knapsack cover inequalities: R. Carr, L. Fleischer, V. Leung, C. Phillips,
SODA 2000). Whoever may hold but one account that counts reaches it by one of those that are heavy enough.
"""

from __future__ import annotations

import math
from typing import Any

from cmopt.domain.problem import Problem, Totals
from cmopt.solvers.cpsat.loads import reach, terms
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders, weighted
from cmopt.solvers.totals import by_member


class Reaching:
    """The totals of some managers, times `sign`, in the greatest `unit` that divides every figure.

    ends[i]: the least and the most that the total of manager i can be.
    """

    def __init__(self, model: DivisionModel, totals: Totals, sign: int) -> None:
        self.model, self.totals, self.sign = model, totals, sign
        self.unit = math.gcd(*totals.base, *totals.load, *totals.pair.values()) or 1
        self.base = {i: b // self.unit for i, b in zip(totals.members, totals.base, strict=True)}
        self.terms: dict[int, tuple[list[Expr], list[int]]] = {}
        self.ends: dict[int, tuple[int, int]] = {}
        self.single: dict[int, bool] = {}
        for i, base in self.base.items():
            literals, figures = terms(model, totals, (i,))
            self.terms[i] = literals, [f // self.unit for f in figures]
            low, high = sorted(sign * (base + end // self.unit) for end in reach(model.problem, totals, (i,)))
            self.single[i] = holds_one(model.problem, totals, i)
            if self.single[i] and figures:
                low, high = self._ends_of_one(i)
            self.ends[i] = low, high
        self._literals: dict[int, dict[int, Any]] = {i: {} for i in totals.members}

    def at_least(self, i: int, value: int) -> Any:
        """True, False, or an expression of 0 and 1: the total is at least `value` where it is 1."""
        low, high = self.ends[i]
        if low >= value or high < value:
            return low >= value
        if value not in self._literals[i]:
            self._literals[i][value] = self._one(i, value) if self.single[i] else self._sum(i, value)
        return self._literals[i][value]

    def candidates(self, above: int, upto: int) -> list[int] | None:
        """Every total above one value, up to another, that anybody can have; None where not counted."""
        if not all(self.single.values()):
            return None
        found = set()
        for i, base in self.base.items():
            found |= {self.sign * base} | {self.sign * (base + f) for f in self.terms[i][1]}
        return sorted(v for v in found if above < v <= upto)

    def of(self, holders: Holders) -> dict[int, int]:
        """Manager -> total in a division."""
        return {i: self.sign * v // self.unit for i, v in by_member(self.totals, holders).items()}

    def worst_first(self, holders: Holders) -> list[int]:
        return sorted(self.of(holders).values())

    # --- the encodings ---

    def _one(self, i: int, value: int) -> Expr:
        literals, figures = self.terms[i]
        without = self.sign * self.base[i] >= value
        with_it = [self.sign * (self.base[i] + f) >= value for f in figures]
        changed = [x for x, enough in zip(literals, with_it, strict=True) if enough != without]
        return 1 - sum(changed) if without else sum(changed)

    def _sum(self, i: int, value: int) -> Expr:
        cp, (literals, figures) = self.model.cp, self.terms[i]
        enough = cp.new_bool_var(f"reaches_{i}_{len(self.model.derived)}")
        missing = value - self.sign * self.base[i]
        gains = [self.sign * f for f in figures]
        if min(gains) >= 0:
            cp.add(weighted(literals, [min(g, missing) for g in gains]) >= missing * enough)
        else:
            cp.add(weighted(literals, gains) >= missing).only_enforce_if(enough)
            if max(gains) <= 0:
                for literal, gain in zip(literals, gains, strict=True):
                    if gain < missing:
                        cp.add_implication(enough, literal.Not())
        for other, literal in self._literals[i].items():
            cp.add_implication(*((enough, literal) if other < value else (literal, enough)))
        return self.model.derive(enough, lambda h: int(self.of(h)[i] >= value))

    def _ends_of_one(self, i: int) -> tuple[int, int]:
        values = [self.sign * (self.base[i] + f) for f in (0, *self.terms[i][1])]
        return min(values), max(values)


def holds_one(problem: Problem, totals: Totals, i: int) -> bool:
    """Whether the rules let manager i hold at most one account that counts."""
    counting = {j for j in problem.may_get[i] if totals.of(i, j)}
    if len(counting) <= 1:
        return True
    if any(counting <= set(places) for places in problem.same):
        return True
    return any(cap.k == 1 and counting <= set(cap.accounts) for cap in problem.hard_caps)
