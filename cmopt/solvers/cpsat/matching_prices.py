"""What the relaxation of a matching says of each seating of the team and of each pair, before any search.

The linear program has everybody but the team as rows and one column a seating. Its duals, made whole numbers,
price the seats: for any prices of the seats and of the rows a division with seating S costs at least

    base + cost(S) - sum of the prices of S's seats,

where base is what the rest costs at least if whoever takes a seat pays its price (Lagrangian relaxation:
M. Fisher, Management Science 27, 1981). That holds for every seating, in the program or not. A pair, or an end
of a window, whose reduced cost lifts the least of these sums above what is asked is out (reduced cost fixing:
H. Crowder, E. Johnson, M. Padberg, Operations Research 31, 1983). Floats are hints: all that is said is counted
in integers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.cpsat.matching import Matching
from cmopt.solvers.cpsat.matching_model import MatchingModel
from cmopt.solvers.cpsat.run import Clock
from cmopt.solvers.cpsat.team_choice import Choice
from cmopt.solvers.linear.rows import Row, Rows, read_rows

FINE = 60  # prices of rows are counted in 2 ** -60,
UNIT = 20  # those of seats, and bounds, in 2 ** -20 of the goal's unit
LARGEST = 1 << 40  # of a seat's price, and of base
COSTS = 1e3  # the program's largest cost
COLUMNS = 200  # seatings that join the program at a time
SMALL = 1e-7  # what a seating betters the program by at the least, in parts of COSTS


@dataclass(frozen=True)
class Prices:
    """`most`: what the divisions cost at most of which all this is said. `base` and `seat`[manager] in 2 ** -20
    of the goal's unit; `loss`: index of a literal -> by how much it lifts the bound, rounded down."""

    most: int
    base: int
    seat: Ints
    loss: list[int]
    model: MatchingModel

    def bounds(self, choices: Sequence[Choice]) -> Ints:
        """What a division with each of the choices costs at least."""
        if not choices:
            return np.zeros(0, dtype=np.int64)
        members = np.array([c.members for c in choices], dtype=np.int64)
        cost = np.array([c.cost for c in choices], dtype=np.int64)
        total = self.base + (cost << UNIT) - self.seat[members].sum(axis=1)
        found: Ints = -(-total >> UNIT)
        return found

    def least(self, choices: Sequence[Choice]) -> int:
        """What any division costs at least: with one of the choices, or where there is no team."""
        if self.model.made.team is None:
            return -(-self.base >> UNIT)
        return int(self.bounds(choices).min(initial=self.most + 1))

    def near(self, choices: Sequence[Choice], most: int) -> list[Choice]:
        """Those with which a division may cost `most` or less."""
        return [c for c, b in zip(choices, self.bounds(choices).tolist(), strict=True) if b <= most]

    def narrowed(self, made: Matching, most: int, least: int) -> Matching:
        """Without the pairs that are in no division of cost `most` or less. `least`: of any division."""
        room = most - least
        possible, idle, out = made.possible.copy(), made.idle.copy(), made.out.copy()
        for (i, c), literal in self.model.take.items():
            possible[i, c] &= self.loss[literal.index] <= room
        for i, literal in self.model.idle.items():
            idle[i] &= self.loss[literal.index] <= room
        for c, literal in self.model.out.items():
            out[c] &= self.loss[literal.index] <= room
        for window in self.model.windows:
            term = window.term
            for side in (window.high, window.low):
                beyond = list(zip(side.steps[1:], side.beyond[1:], strict=True))
                for end in [v for v, literal in beyond if self.loss[literal.index] > room][:1]:
                    chosen = possible[term.members]
                    chosen[:, : term.load.shape[1]] &= term.load * side.outwards < end * side.outwards
                    possible[term.members] = chosen
                    idle[term.members] &= term.base * side.outwards < end * side.outwards
        return made.keep(possible, idle, out)


class Relaxation:
    """The rows of a model of everybody but the team where a division costs `most` or less in all, and a column
    for each of the seatings. Solved again after costs have changed, it starts from where it ended."""

    def __init__(self, model: MatchingModel, cost: Any, most: int) -> None:
        model.cp.minimize(cost)
        self.model, self.most = model, most
        self.rows: Rows | None = read_rows(model.cp.proto)
        seats = len(model.made.accounts) if model.made.team is not None else -1
        self.seats = {i: x.index for (i, c), x in model.take.items() if c == seats}
        self._program = None if self.rows is None else _Program(self.rows, self.seats)

    def prices(self, choices: Sequence[Choice], seconds: float) -> Prices | None:
        """None where the program has no optimum in time, or its figures are too large. A seating that was in
        `choices` before stays in the program."""
        if self.rows is None or self._program is None:
            return None
        duals = self._program.duals(choices, seconds)
        if duals is None:
            return None
        rows, seat = duals
        whole = {i: round(p * 2.0**UNIT) for i, p in seat.items()}
        base, reduced = _base(self.rows, rows, {self.seats[i]: p << (FINE - UNIT) for i, p in whole.items()})
        if max([abs(base) >> (FINE - UNIT), *map(abs, whole.values())]) > LARGEST:
            return None
        prices = np.zeros(len(self.model.made.possible), dtype=np.int64)
        prices[list(whole)] = list(whole.values())
        span = (self.rows.upper - self.rows.lower).tolist()
        loss = [r >> FINE if r > 0 and s == 1 else 0 for r, s in zip(reduced, span, strict=True)]
        return Prices(self.most, base >> (FINE - UNIT), prices, loss, self.model)


class _Program:
    """The linear program, in floats, by GLOP."""

    def __init__(self, rows: Rows, seats: dict[int, int]) -> None:
        from ortools.linear_solver import pywraplp

        self.lp: Any = pywraplp.Solver.CreateSolver("GLOP")  # type: ignore[no-untyped-call]
        self.lp.SetSolverSpecificParametersAsString("use_preprocessing: false")
        self.infinity = self.lp.infinity()
        self.size = max(1.0, float(np.abs(rows.cost).max(initial=1)) / COSTS)
        ends = zip(rows.lower.tolist(), rows.upper.tolist(), strict=True)
        columns = [self.lp.NumVar(low, high, "") for low, high in ends]
        self.rows = [self._row(row, columns) for row in rows.rows]
        self.objective = self.lp.Objective()
        for column in np.flatnonzero(rows.cost).tolist():
            self.objective.SetCoefficient(columns[column], float(rows.cost[column]) / self.size)
        self.objective.SetMinimization()
        self.taken = {i: self.lp.RowConstraint(0.0, 0.0, "") for i in seats}
        for i, column in seats.items():
            self.taken[i].SetCoefficient(columns[column], -1.0)
        self.one: Any = self.lp.RowConstraint(1.0, 1.0, "") if seats else None
        self.seatings: dict[tuple[int, ...], Any] = {}

    def _row(self, row: Row, columns: list[Any]) -> tuple[Any, float]:
        """The row, and the factor of its dual."""
        unit = float(np.abs(row.coefficients).max(initial=1))
        least = -self.infinity if row.least is None else row.least / unit
        made = self.lp.RowConstraint(least, self.infinity if row.most is None else row.most / unit, "")
        for column, k in zip(row.columns.tolist(), row.coefficients.tolist(), strict=True):
            made.SetCoefficient(columns[column], k / unit)
        return made, self.size / unit

    def duals(self, choices: Sequence[Choice], seconds: float) -> tuple[list[float], dict[int, float]] | None:
        """Duals of the rows, and prices of the seats: at the least over the seatings that matter, each time
        joined by those that the prices make cheaper (column generation: J. Desrosiers and M. Luebbecke,
        A Primer in Column Generation, 2005), as long as there is time and some are."""
        clock = Clock(seconds)
        members, cost = self._cheapest(choices)
        self._add(members, cost, np.argsort(cost, kind="stable")[:COLUMNS])
        while True:
            if clock.left() <= 0:
                return None
            self.lp.set_time_limit(max(1, int(min(clock.left(), 1e6) * 1000)))
            if self.lp.Solve() != self.lp.OPTIMAL:
                return None
            seat = {i: row.dual_value() * self.size for i, row in self.taken.items()}
            if not self._add(members, cost, self._cheaper(members, cost, seat)):
                return [row.dual_value() * k for row, k in self.rows], seat

    def _cheapest(self, choices: Sequence[Choice]) -> tuple[Ints, Ints]:
        """The seatings and the least that each can cost; what the program has of them is brought up to date."""
        cost: dict[tuple[int, ...], int] = {}
        for choice in choices:
            if choice.members not in cost or choice.cost < cost[choice.members]:
                cost[choice.members] = choice.cost
        for members, column in self.seatings.items():
            if members in cost:
                self.objective.SetCoefficient(column, cost[members] / self.size)
        size = len(choices[0].members) if choices else 0
        seated = np.array(list(cost), dtype=np.int64).reshape(len(cost), size)
        here = np.isin(seated, list(self.taken)).all(axis=1)
        return seated[here], np.array(list(cost.values()), dtype=np.int64)[here]

    def _cheaper(self, members: Ints, cost: Ints, seat: dict[int, float]) -> Ints:
        """Numbers of the seatings that would better the program most."""
        price = np.zeros(max(seat, default=-1) + 1)
        price[list(seat)] = list(seat.values())
        reduced = cost - price[members].sum(axis=1) - (self.one.dual_value() * self.size if seat else 0.0)
        order = np.argsort(reduced, kind="stable")[:COLUMNS]
        found: Ints = order[reduced[order] < -SMALL * self.size]
        return found

    def _add(self, members: Ints, cost: Ints, numbers: Ints) -> int:
        """Give the program these seatings; how many it did not have."""
        new = 0
        for key, figure in zip(map(tuple, members[numbers].tolist()), cost[numbers].tolist(), strict=True):
            if key not in self.seatings:
                new += 1
                self.seatings[key] = column = self.lp.NumVar(0.0, self.infinity, "")
                self.one.SetCoefficient(column, 1.0)
                for i in key:
                    self.taken[i].SetCoefficient(column, 1.0)
                self.objective.SetCoefficient(column, figure / self.size)
        return new


def _base(rows: Rows, duals: list[float], seat: dict[int, int]) -> tuple[int, list[int]]:
    """(what the rest and its seats cost at least, reduced cost by column), in 2 ** -60."""
    reduced = [c << FINE for c in rows.cost.tolist()]
    for column, price in seat.items():
        reduced[column] += price
    total = rows.offset << FINE
    for row, dual in zip(rows.rows, duals, strict=True):
        price = round(dual * 2.0**FINE)
        end = row.least if price > 0 else row.most
        if not price or end is None:
            continue
        total += price * end
        for column, k in zip(row.columns.tolist(), row.coefficients.tolist(), strict=True):
            reduced[column] -= price * k
    ends = zip(reduced, rows.lower.tolist(), rows.upper.tolist(), strict=True)
    return total + sum(r * (low if r > 0 else high) for r, low, high in ends), reduced
