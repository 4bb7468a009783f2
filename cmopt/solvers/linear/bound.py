"""A true lower bound from any multipliers: some rows priced, one knapsack row of each manager kept whole.

For multipliers y the sum  y . ends + minimum over the rest of (cost - y A) x  is at most the optimum, whatever
y is (M. Fisher, *The Lagrangian relaxation method for solving integer programming problems*, Management Science
27, 1981). Multipliers are whole numbers here, in parts of the goal's unit, and everything is counted in
integers: rounding makes a bound weaker, never untrue. The relaxation's duals give the first y; a subgradient
walk betters it. For generalized assignment, with its knapsacks kept whole: M. Posta, J. Ferland, P. Michelon,
*An exact method with variable fixing for solving the generalized assignment problem*, Comput. Optim. Appl. 52
(2012).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.linear.knapsack import Knapsack
from cmopt.solvers.linear.relax import Floats
from cmopt.solvers.linear.rows import Row, Rows

PATIENCE = 16  # turns without a gain before the steps get shorter
FINE = 2**40  # costs are counted in parts of the unit as fine as this allows
LARGEST_PRICE = 2**42  # of a row, times its largest coefficient


class Lagrangian:
    """The bound as a function of the multipliers, in 1 / `scale` of the cost's unit; the offset is left out."""

    def __init__(self, rows: Rows, duals: Floats) -> None:
        self.rows = rows
        largest = int(np.abs(rows.cost).max(initial=1)) or 1
        self.scale = max(1, FINE // max(largest, 2**20))
        self._blocks = _blocks(rows, duals)
        inside = {r for r, _, _ in self._blocks}
        self._priced = [r for r in range(len(rows.rows)) if r not in inside]
        self._row_of, self.covers = _covers(rows, self._priced)
        self._free = np.ones(len(rows.cost), dtype=np.bool_)
        for _, columns, _ in self._blocks:
            self._free[columns] = False

    def rounded(self, y: Floats) -> Ints:
        """Multipliers by row, whole and of the sign that the row's ends allow; too large ones are 0."""
        whole = np.zeros(len(y), dtype=np.int64)
        for r in self._priced:
            row = self.rows.rows[r]
            value = round(float(y[r]) * self.scale)
            closed = row.least is not None if value > 0 else row.most is not None
            if closed and abs(value) * int(np.abs(row.coefficients).max(initial=0)) <= LARGEST_PRICE:
                whole[r] = value
        return whole

    def at(self, y: Ints) -> tuple[int, Ints]:
        """(the bound, the columns of the relaxed optimum)."""
        reduced, total = self._reduced(y)
        x = np.where(reduced < 0, self.rows.upper, self.rows.lower)
        total += int((reduced * x)[self._free].sum())
        for _, columns, knapsack in self._blocks:
            best, chosen = knapsack.best(reduced[columns])
            x[columns] = 0
            x[columns[chosen]] = 1
            total += best
        return total, x

    def losses(self, y: Ints) -> tuple[int, Ints, Ints]:
        """(the bound, by column how much it rises with the column at its upper end, and at its lower)."""
        total, _ = self.at(y)
        reduced, _ = self._reduced(y)
        span = self.rows.upper - self.rows.lower
        up, down = np.maximum(reduced, 0) * span, np.maximum(-reduced, 0) * span
        for _, columns, knapsack in self._blocks:
            up[columns], down[columns] = knapsack.losses(reduced[columns])
        return total, up, down

    def without(self, room: int, losses: tuple[Ints, Ints]) -> Rows:
        """The rows with every column of two values fixed that loses more than `room` at one of them."""
        up, down = losses
        lower, upper = self.rows.lower.copy(), self.rows.upper.copy()
        two = upper - lower == 1
        upper[two & (up > room)] -= 1
        lower[two & (down > room) & (upper > lower)] += 1
        return replace(self.rows, lower=lower, upper=upper)

    def sharpen(self, y: Ints, target: int, stop: Callable[[], bool], turns: int) -> tuple[int, Ints]:
        """(the best bound met, its multipliers) on a subgradient walk over the cover rows' multipliers.

        target: what the bound might reach, in its parts. Held, Wolfe, Crowder, *Validation of subgradient
        optimization*, Mathematical Programming 6 (1974).
        """
        best, best_y = self.at(y)[0], y
        if not len(self.covers):
            return best, best_y
        walk, step, since = y[self.covers].astype(np.float64), 1.0, 0
        for _ in range(turns):
            if stop() or step < 1e-3:
                break
            now = y.copy()
            now[self.covers] = np.rint(walk)
            least, x = self.at(now)
            if least > best:
                since = since + 1 if least - best < self.scale // 20 else 0
                best, best_y = least, now
            else:
                since += 1
            if since >= PATIENCE:
                step, since = step * 0.6, 0
                walk = best_y[self.covers].astype(np.float64)
            uncovered = 1.0 - np.bincount(self._row_of[x > 0] + 1, minlength=len(self.rows.rows) + 1)[1:]
            slope = uncovered[self.covers]
            length = float(slope @ slope)
            if length == 0:
                break
            walk = walk + step * max(target - least, self.scale) / length * slope
            walk = np.clip(walk, -float(LARGEST_PRICE), float(LARGEST_PRICE))
        return best, best_y

    def _reduced(self, y: Ints) -> tuple[Ints, int]:
        """Reduced cost by column, and what the priced rows' ends bring in."""
        reduced = self.rows.cost * self.scale
        covered = self._row_of >= 0
        reduced[covered] -= y[self._row_of[covered]]
        covers = set(self.covers.tolist())
        total = 0
        for r in self._priced:
            if value := int(y[r]):
                row = self.rows.rows[r]
                end = row.least if value > 0 else row.most
                assert end is not None
                total += value * end
                if r not in covers:
                    reduced[row.columns] -= value * row.coefficients
        if float(np.abs(reduced.astype(np.float64)).sum()) >= 2.0**61:
            raise OverflowError("figures too large for an exact bound")
        return reduced, total


def _covers(rows: Rows, priced: list[int]) -> tuple[Ints, Ints]:
    """Rows that say "exactly one" and share no column: (row by column or -1, those rows)."""
    row_of = np.full(len(rows.cost), -1, dtype=np.int64)
    covers = []
    for r in priced:
        row = rows.rows[r]
        plain = row.least == row.most == 1 and bool((row.coefficients == 1).all())
        if plain and bool((row_of[row.columns] < 0).all()):
            row_of[row.columns] = r
            covers.append(r)
    return row_of, np.array(covers, dtype=np.int64)


def _blocks(rows: Rows, duals: Floats) -> list[tuple[int, Ints, Knapsack]]:
    """Knapsack rows that share no undecided column, those that bind in the relaxation first, short ones first:
    (row, columns, knapsack of what the decided columns leave)."""
    taken = np.zeros(len(rows.cost), dtype=np.bool_)
    undecided = (rows.lower == 0) & (rows.upper == 1)
    order = sorted(range(len(rows.rows)), key=lambda r: (abs(duals[r]) < 1e-9, len(rows.rows[r].columns), r))
    found = []
    for r in order:
        row = rows.rows[r]
        if not _is_knapsack(row, rows):
            continue
        open_ = undecided[row.columns]
        columns, uses = row.columns[open_], row.coefficients[open_]
        rest = row.columns[~open_]
        assert row.most is not None
        capacity = row.most - int((row.coefficients[~open_] * rows.lower[rest]).sum())
        if len(columns) > 1 and capacity >= 0 and not taken[columns].any():
            taken[columns] = True
            found.append((r, columns, Knapsack.of(uses, capacity)))
    return sorted(found, key=lambda block: block[0])


def _is_knapsack(row: Row, rows: Rows) -> bool:
    low = int((row.coefficients * rows.lower[row.columns]).sum())
    return (
        row.most is not None
        and (row.least is None or row.least <= low)
        and bool((row.coefficients > 0).all())
    )
