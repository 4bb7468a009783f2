"""The team of a matching where the ways to seat it and share out its accounts are too many to count."""

from __future__ import annotations

from typing import Any

import numpy as np

from cmopt.domain.problem import Ints, Spread
from cmopt.solvers.cpsat.matching import Matching


class Searched:
    """`share[i, j]`: member i holds account j of the team."""

    def __init__(
        self, made: Matching, cp: Any, take: dict[tuple[int, int], Any], keep_all: bool, later: Ints
    ) -> None:
        assert made.team is not None
        self._made = made
        self._ends: list[tuple[Spread, Any, Any, Any]] = []
        problem, team, seats = made.problem, made.team, made.possible.shape[1] - 1
        self.seat = {i: take[i, seats] for i in np.flatnonzero(made.possible[:, seats]).tolist()}
        self.share = {
            (i, j): cp.new_bool_var("") for i in self.seat for j in team.accounts if problem.eligible[i, j]
        }
        pinned = {j: i for i, j in problem.pins}
        for j in team.accounts:
            cp.add_exactly_one([x for (_, k), x in self.share.items() if k == j])
            keeper = problem.keeper[j]
            for i in self.seat:
                if (i, j) in self.share and keeper == i and (keep_all or problem.keep_is_rule):
                    cp.add(self.share[i, j] == self.seat[i])
                if (i, j) in self.share and pinned.get(j, i) != i:
                    cp.add(self.share[i, j] == 0)
        for i, seat in self.seat.items():
            mine = [x for (k, _), x in self.share.items() if k == i]
            for x in mine:
                cp.add_implication(x, seat)
            cp.add(sum(mine) >= team.least * seat)
        spreads = [s for s in problem.spreads if s.weight]
        self.cost = sum(s.weight * self._spread(cp, s) for s in spreads)
        self.later = self.total(later)

    def total(self, figures: Ints) -> Any:
        """The sum of figures[manager, account] over the team's accounts."""
        return sum(int(figures[p]) * x for p, x in self.share.items())

    def _spread(self, cp: Any, spread: Spread) -> Any:
        """Steps between the heaviest and the lightest member of the tier."""
        inside = [(i, b) for i, b in zip(spread.members, spread.base, strict=True) if i in self.seat]
        if len(inside) < 2:
            return 0
        mine = {i: [(spread.of(i, j), x) for (k, j), x in self.share.items() if k == i] for i, _ in inside}
        bottom = min(b + sum(min(0, v) for v, _ in mine[i]) for i, b in inside)
        top = max(b + sum(max(0, v) for v, _ in mine[i]) for i, b in inside)
        high, low = cp.new_int_var(bottom, top, ""), cp.new_int_var(bottom, top, "")
        resolution = self._made.problem.resolution
        steps = cp.new_int_var(0, -(-resolution * (top - bottom) // spread.scale), "")
        for i, b in inside:
            load = b + sum(v * x for v, x in mine[i])
            cp.add(high >= load).only_enforce_if(self.seat[i])
            cp.add(low <= load).only_enforce_if(self.seat[i])
        cp.add(high >= low)
        cp.add(spread.scale * steps >= resolution * (high - low))
        self._ends.append((spread, high, low, steps))
        return steps

    def hints(self, holders: dict[int, int]) -> list[tuple[Any, int]]:
        found = [(x, int(holders[j] == i)) for (i, j), x in self.share.items()]
        for spread, high, low, steps in self._ends:
            base = dict(zip(spread.members, spread.base, strict=True))
            load = {i: base[i] for i in holders.values() if i in base}
            for j, i in holders.items():
                if i in load:
                    load[i] += spread.of(i, j)
            most, least = (max(load.values()), min(load.values())) if load else (base[spread.members[0]],) * 2
            at = -(-self._made.problem.resolution * (most - least) // spread.scale)
            found += [(high, most), (low, least), (steps, at)]
        return found

    def read(self, value: Any) -> dict[int, int]:
        return {j: i for (i, j), x in self.share.items() if value(x)}
