"""Goals that are plain sums, where the whole model is too large or too tight to be searched at once.

A relaxation bounds the goal, counted again in integers; what each pair would lose against that bound says
where better divisions can lie. Parts of the division are searched again and again among what is left, until
the best division meets the bound, or a search of all that is left finds nothing better, or time is up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cmopt.domain.problem import Bools, Ints, Problem
from cmopt.domain.progress import Progress
from cmopt.solvers.columns.assignment import read_assignment
from cmopt.solvers.columns.search import first_dive, search_columns, suits
from cmopt.solvers.cpsat.model import DivisionModel, Expr, Holders
from cmopt.solvers.cpsat.run import Clock, Ending
from cmopt.solvers.linear.bound import Lagrangian
from cmopt.solvers.linear.neighbourhood import Neighbourhoods, Places
from cmopt.solvers.linear.relax import relax
from cmopt.solvers.linear.rows import Rows, read_rows
from cmopt.solvers.linear.search import Searches

PAIR_SUMS = ("coverage", "coverage_balance", "continuity", "continuity_balance", "fit", "cost", "bids",
             "jurisdiction", "handovers", "tier_preference", "draw")  # fmt: skip
LEAST_PAIRS = 300  # smaller divisions are proven faster by the plain search
DRAW_SHARE = 0.15  # of the time limit: all that the last goal, which only picks among equals, may take
PART_EFFORT = 0.3  # of a search of a part, in CP-SAT's deterministic time
COLUMNS_SHARE = 0.9  # of the time that is left: columns and dives
FIRST_TURNS, NEXT_TURNS, START_TURNS = 300, 100, 60  # of the walk: before the search, during it, for a start
WHOLE_EFFORT = 0.5  # of the first search of all that is left; each further one gets twice as much
MANY_OPEN = 1500  # columns; above it, a search of all that is left at once does not pay
START_SHARES = (0.1, 0.2, 0.4, 0.7, 1.0)  # of the pairs, for the search of a first division


def is_tight(problem: Problem) -> bool:
    """Whether the plain search copes badly: many pairs, and loads limited for hard or evened out."""
    hard = any(
        limit.price is None and len({*limit.load, *limit.pair.values()}) > 1 for limit in problem.limits
    )
    pairs = int(problem.eligible.sum())
    return (hard and pairs >= LEAST_PAIRS) or (bool(problem.totals) and pairs >= 3 * LEAST_PAIRS)


def prove_linear(
    model: DivisionModel,
    expr: Expr,
    minimise: bool,
    best: Holders,
    keeps: Callable[[Holders], bool],
    seconds: float,
    progress: Progress,
) -> tuple[Holders, int | None, bool] | None:
    """(best division, bound, proven) for a goal `expr` over what the model's constraints leave.

    best: a division that keeps them, as `keeps` tells; whatever is returned keeps them too. None where the
    model has constraints that are not linear, or figures too large for the exact bound.
    """
    clock = Clock(seconds)
    rows = _rows(model, expr if minimise else -expr)
    if rows is None:
        return None
    try:
        run = _Run(model, rows, best, keeps, clock, progress)
        run.bound_it()
        run.by_columns()
        run.better_it()
    except OverflowError:
        return None
    return run.best, run.bound if minimise else -run.bound, run.proven


def first_division(
    model: DivisionModel, expr: Expr, minimise: bool, seconds: float, progress: Progress
) -> Holders | None:
    """A division of all accounts that keeps the rules and is not bad by `expr`; None if none is found.

    Searched among the pairs that lose least against the relaxation, more and more of them.
    """
    clock = Clock(seconds)
    rows = _rows(model, expr if minimise else -expr)
    if rows is None:
        return None
    places = places_of(model)
    rows.upper[places.out] = 0
    rows = replace(rows, cost=rows.cost // rows.step())
    relaxed = relax(rows, clock.left())
    if relaxed is None:
        return None
    try:
        lagrangian = Lagrangian(rows, relaxed.duals)
        y = lagrangian.rounded(relaxed.duals)
        least, _ = lagrangian.at(y)
        _, y = lagrangian.sharpen(y, least + abs(least) // 500, lambda: clock.left() < 0, turns=START_TURNS)
        _, loss, _ = lagrangian.losses(y)
    except OverflowError:
        return None
    reading = read_assignment(rows, places)
    if reading is not None and suits(reading.assignment):
        fine = reading.assignment.scale / lagrangian.scale
        start = np.rint(y[reading.covers] * fine).astype(np.int64)

        def stop() -> bool:
            return clock.left() < 0 or progress.stop_asked()

        held = first_dive(reading.assignment, start, stop, clock.left)
        if held is not None:
            return _division(model, reading.columns(held, rows.lower))
    pairs = places.manager >= 0
    searches, nowhere = Searches(rows), np.zeros(len(rows.cost), dtype=np.int64)
    for share in START_SHARES:
        width = np.quantile(loss[pairs], share)
        free = ~pairs | (loss <= width)
        if clock.left() <= 0 or progress.stop_asked():
            return None
        found = searches.search(rows, nowhere, free, 4 * WHOLE_EFFORT, clock.left(), progress, known=False)
        if found.x is not None:
            return _division(model, found.x)
    return None


class _Run:
    """The best division and the bound so far, and what they leave open."""

    def __init__(
        self,
        model: DivisionModel,
        rows: Rows,
        best: Holders,
        keeps: Callable[[Holders], bool],
        clock: Clock,
        progress: Progress,
    ) -> None:
        self.model, self.keeps, self.clock, self.progress = model, keeps, clock, progress
        self.step = rows.step()
        self.rows = replace(rows, cost=rows.cost // self.step)
        self.best, self.x = best, columns_of(model, best)
        self.least = 0
        self.loss = np.zeros(len(rows.cost), dtype=np.int64)
        self.places = places_of(model)
        self.searches = Searches(rows)
        self.proven = False
        self.bounded = False

    @property
    def value(self) -> int:
        """Of the best division, in steps, without the offset."""
        return int(self.rows.cost @ self.x)

    @property
    def bound(self) -> int:
        least = self.value if self.proven else self.least
        return self.step * least + self.rows.offset

    def bound_it(self) -> None:
        """The relaxation, then its bound in integers, then a better one."""
        relaxed = relax(self.rows, self.clock.left() / 2)
        self.duals = np.zeros(len(self.rows.rows)) if relaxed is None else relaxed.duals
        self.lagrangian = Lagrangian(self.rows, self.duals)
        self.y = self.lagrangian.rounded(self.duals)
        self.sharpen(turns=FIRST_TURNS)

    def sharpen(self, turns: int) -> None:
        """Better multipliers; then every pair that no better division can have is closed."""
        end = self.clock.seconds() + 0.15 * self.clock.left()
        scale = self.lagrangian.scale
        least, self.y = self.lagrangian.sharpen(
            self.y,
            scale * self.value,
            lambda: self.clock.seconds() > end or self.progress.stop_asked(),
            turns,
        )
        self.least = max(self.least, -(-least // scale)) if self.bounded else -(-least // scale)
        self.bounded = True
        self.losses = self.lagrangian.losses(self.y)
        self.close()

    def by_columns(self) -> None:
        """Where the rows are a generalized assignment: a better bound, and dives below it."""
        if self.proven or self.clock.left() <= 0 or self.progress.stop_asked():
            return
        reading = read_assignment(self.rows, self.places)
        if reading is None or not suits(reading.assignment):
            return
        end = self.clock.seconds() + COLUMNS_SHARE * self.clock.left()
        fine = reading.assignment.scale / self.lagrangian.scale
        found = search_columns(
            reading,
            np.rint(self.y[reading.covers] * fine).astype(np.int64),
            self.value - reading.settled,
            lambda: self.clock.seconds() > end or self.progress.stop_asked(),
            lambda: end - self.clock.seconds(),
        )
        if found.y is not None:
            y = self.y.copy()
            y[reading.covers] = np.rint(found.y / fine).astype(np.int64)
            if self.lagrangian.at(y)[0] > self.lagrangian.at(self.y)[0]:
                self.y = y
        if found.held is not None:
            x = reading.columns(found.held, np.where(self.rows.upper > self.rows.lower, 0, self.rows.lower))
            division = _division(self.model, x)
            if not self.keeps(division):
                raise RuntimeError("a division by columns breaks a rule")
            self.x, self.best = columns_of(self.model, division), division
        self.sharpen(turns=0)
        self.proven = self.proven or found.proven

    def close(self) -> None:
        """What loses more against the bound than a better division may."""
        if self.least >= self.value:
            self.proven = True
            return
        scale = self.lagrangian.scale
        total, up, down = self.losses
        self.loss = up
        self.room = scale * (self.value - 1) - total
        self.rows = self.lagrangian.without(self.room, (up, down))
        self.lagrangian = Lagrangian(self.rows, self.duals)

    def better_it(self) -> None:
        """Parts by turns, the whole now and then, until proven or the time is up."""
        neighbourhoods = Neighbourhoods(self.places)
        whole, whole_at, sharpen_at, spent = WHOLE_EFFORT, 0.0, 8 * WHOLE_EFFORT, 0.0
        everything = np.ones(len(self.x), dtype=np.bool_)
        while not self.proven and self.clock.left() > 0 and not self.progress.stop_asked():
            if spent >= whole_at and self.open() <= MANY_OPEN:
                self.proven = self.search(everything, whole) is Ending.OPTIMAL or self.proven
                whole *= 2
                whole_at = spent + 4 * whole
                continue
            if spent >= sharpen_at:
                self.sharpen(turns=NEXT_TURNS)
                sharpen_at = 2 * spent
                continue
            free, managers, narrow = neighbourhoods.draw(self.x, self.loss, self.room)
            settled = self.search(free, PART_EFFORT) is Ending.OPTIMAL
            if settled and managers == self.places.managers and not narrow:
                self.proven = True
            neighbourhoods.learn(settled)
            spent += PART_EFFORT / 3 if settled else PART_EFFORT

    def open(self) -> int:
        """How many columns are not decided."""
        return int((self.rows.upper > self.rows.lower).sum())

    def search(self, free: Bools, effort: float) -> Ending:
        """One search among what is open; takes the division over if it is better and keeps every rule."""
        free = free & ((self.rows.upper > self.rows.lower) | (self.x != self.rows.lower))
        found = self.searches.search(
            self.rows, self.x, free, effort, self.clock.left(), self.progress, known=True
        )
        if found.x is None or (found.x == self.x).all():
            return found.ending
        better = self.rows.cost @ found.x < self.rows.cost @ self.x
        division = _division(self.model, found.x)
        if not self.keeps(division):
            raise RuntimeError("a searched part breaks a rule")
        self.x, self.best = found.x, division
        if better:
            self.close()
        return found.ending


def _rows(model: DivisionModel, expr: Expr) -> Rows | None:
    model.cp.minimize(expr)
    rows = read_rows(model.cp.proto)
    model.cp.clear_objective()  # type: ignore[no-untyped-call]
    return rows


def places_of(model: DivisionModel) -> Places:
    """Which columns are pairs, and of whom."""
    size = len(model.cp.proto.variables)
    manager, account = np.full(size, -1, dtype=np.int64), np.full(size, -1, dtype=np.int64)
    for (i, j), literal in model.hold.items():
        manager[literal.index], account[literal.index] = i, j
    out = np.array([literal.index for literal in model.out], dtype=np.int64)
    return Places(manager, account, out, len(model.problem.managers))


def columns_of(model: DivisionModel, holders: Holders) -> Ints:
    """A division as the values of all variables."""
    model.hint(holders)
    proto = model.cp.proto
    x = np.zeros(len(proto.variables), dtype=np.int64)
    x[list(proto.solution_hint.vars)] = list(proto.solution_hint.values)
    return x


def _division(model: DivisionModel, x: Ints) -> Holders:
    return model.read(lambda literal: int(x[literal.index]))
