"""The linear relaxation, columns added as needed: duals that bound, fractions that guide. Floats: hints only.

Each round solves the relaxation over the pairs of a pool by GLOP, then adds to each unit the pairs whose price
is below what the unit costs now (P. Gilmore, R. Gomory, Operations Research 9, 1961).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.shape import Row, Shape, Sum

INFINITY = float("inf")
CLOSE = 2e-5  # of the value: what columns that are still missing may be worth
ROUNDS = 40
FIRST, AT_ONCE = 2, 2  # pairs of a unit in the pool at first, and added in one round
SAMPLE = 400  # units
NEAR = 0.3  # of the units stand in the LP at first
ELASTIC = 1e5  # what overstepping a hard rule or an end by a manager's usual load costs


@dataclass(frozen=True)
class Relaxed:
    """The optimum of the relaxation.

    share[i, u]: how much of the unit goes to whom; reduced[i, u], reduced_out[u]: what the pair costs with the
    loads priced, in the goal's unit divided by `size`; cover[u]: what the unit costs now, in the same unit;
    duals: named row -> multiplier, goal's unit. value: in the goal's unit. over: by how much hard rows and ends
    are overstepped, in parts of a manager's usual load. highest: the largest dual of a row, as the LP has it.
    """

    share: Floats
    reduced: Floats
    reduced_out: Floats
    cover: Floats
    duals: dict[str, float]
    value: float
    size: float
    over: float
    highest: float


def goal_size(shape: Shape, goal: str) -> float:
    """About what one decision changes in the goal; LPs are put in this unit."""
    if goal in shape.sums:
        s = shape.sums[goal]
        spread = np.where(shape.units.may, s.on, 0).max(axis=0) - np.where(shape.units.may, s.on, 0).min(
            axis=0
        )
        spread = np.maximum(spread, np.abs(s.out))
        return max(1.0, float(spread.mean()))
    if goal == "penalty":
        return 1.0
    if goal == "balance":
        return float(max((s.weight for s in shape.spans), default=1))
    return float(shape.loads[shape.totals[goal]].size)


class Master:
    """The relaxation for goals with weights, earlier goals kept within their ends.

    Most units are decided by the prices of the loads alone: prices come from a sample of the units first, and
    only units whose two best managers are about equal stand in the LP; the others count as given to their best
    one, until prices disagree. At the end no unit wants to be elsewhere, so that it is the whole LP's optimum.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.seconds: Callable[[], float] = lambda: 1e6
        self.elastic = ELASTIC

    def solve(self, goals: Mapping[str, float], ends: Mapping[str, int]) -> Relaxed | None:
        """None where GLOP finds no optimum in time."""
        n = len(self.shape.units)
        self.elastic = ELASTIC
        every, nobody = np.ones(n, dtype=np.bool_), np.full(n, -1, dtype=np.int64)
        pool = self._pool(goals, None, every)
        if n > 2 * SAMPLE:
            sampled = self._sampled(goals, ends)
            if sampled is None:
                return None
            pool |= self._pool(goals, sampled, every)
        return self._columns(goals, ends, every, nobody, pool, np.ones(n))

    def _sampled(self, goals: Mapping[str, float], ends: Mapping[str, int]) -> Relaxed | None:
        """The LP of units picked evenly in the order of their loads, each standing for those between."""
        shape, n = self.shape, len(self.shape.units)
        size = np.zeros(n)
        for loads in shape.loads:
            size += np.abs(loads.load if loads.pair is None else loads.pair.mean(axis=0)) / loads.size
        order = np.lexsort((np.arange(n), size))
        large = order[-(SAMPLE // 4) :]
        rest = order[: -(SAMPLE // 4)]
        picked = rest[np.linspace(0, len(rest) - 1, SAMPLE).round().astype(np.int64)]
        stands_for = np.zeros(n)
        stands_for[large] = 1.0
        stands_for[picked] += len(rest) / SAMPLE
        free = stands_for > 0
        pool = self._pool(goals, None, free)
        return self._columns(goals, ends, free, np.full(n, -1, dtype=np.int64), pool, stands_for)

    def _pool(self, goals: Mapping[str, float], prices: Relaxed | None, free: Bools) -> Bools:
        """To begin with the two cheapest pairs of each unit, by turns where they are alike."""
        m, n = self.shape.units.may.shape
        if prices is None:
            price = np.zeros((m, n))
            for goal, weight in goals.items():
                if goal in self.shape.sums:
                    price += weight / goal_size(self.shape, goal) * self.shape.sums[goal].on
            price += (np.arange(m)[:, None] * 7 + np.arange(n)[None, :] * 3) % m * 1e-6
        else:
            price = prices.reduced
        price = np.where(self.shape.units.may, price, np.inf)
        each = min(FIRST, m)
        who = np.argpartition(price, each - 1, axis=0)[:each]
        unit = np.broadcast_to(np.arange(n), who.shape)
        pool = np.zeros((m, n), dtype=np.bool_)
        pool[who, unit] = np.isfinite(price[who, unit]) & free[unit]
        return pool

    def _columns(
        self,
        goals: Mapping[str, float],
        ends: Mapping[str, int],
        free: Bools,
        held: Ints,
        pool: Bools,
        stands_for: Floats,
    ) -> Relaxed | None:
        """The LP of the free units, with pairs added to the pool while any is cheaper than what is there."""
        may = self.shape.units.may & free[None, :]
        found = None
        for _ in range(ROUNDS):
            lp = _Lp(self.shape, goals, ends, pool, free, held, stands_for, self.elastic)
            found = lp.solve(self.seconds())
            if found is None:
                return None
            missing = np.where(may & ~pool, found.reduced - found.cover[None, :], 0.0)
            worst = (np.minimum(missing.min(axis=0), 0.0) * stands_for).sum()
            if -worst <= CLOSE * max(1.0, abs(found.value / found.size)):
                break
            units = np.arange(len(free))
            for _ in range(AT_ONCE):
                who = missing.argmin(axis=0)
                better = np.flatnonzero(missing[who, units] < -1e-9)
                pool[who[better], better] = True
                missing[who[better], better] = 0.0
        return found


class _Lp:
    """One LP. Loads are in parts of what a manager usually carries, goals in their sizes."""

    def __init__(
        self,
        shape: Shape,
        goals: Mapping[str, float],
        ends: Mapping[str, int],
        pool: Bools,
        free: Bools,
        held: Ints,
        stands_for: Floats,
        elastic: float,
    ) -> None:
        from ortools.linear_solver.python import model_builder_helper

        self.shape, self.goals, self.ends, self.elastic = shape, goals, ends, elastic
        self.free, self.held, self.stands_for = np.flatnonzero(free), held, stands_for
        self.fixed = np.flatnonzero(~free & (held >= 0)) if stands_for.all() else np.zeros(0, dtype=np.int64)
        self.model = model_builder_helper.ModelBuilderHelper()
        self.main = min(goals, key=lambda g: abs(goals[g] - 1.0))
        self.size = goal_size(shape, self.main)
        self.named: list[tuple[str, int, float]] = []  # name, row, factor from its dual to the multiplier
        self.over: list[int] = []
        self.soft: list[tuple[int, float]] = []  # variable, penalty for one of it
        self.spans: list[tuple[int, float]] = []  # variable, balance for one of it
        self.priced: list[tuple[Sum, float, int]] = []
        self.top: int | None = None
        self.who, self.unit = np.nonzero(pool)
        self._columns()
        self._covers()
        self._loads()
        for row in shape.rows:
            self._row(row)
        self._spans()
        for name in ends:
            self._locked(name)

    # --- columns ---

    def _columns(self) -> None:
        cost, out_cost = np.zeros(len(self.who)), np.zeros(len(self.shape.units))
        self.reduced_on = np.zeros((len(self.shape.problem.managers), len(self.shape.units)))
        self.reduced_out = out_cost
        self.constant = 0.0
        for goal, weight in self.goals.items():
            if goal in self.shape.sums:
                s, size = self.shape.sums[goal], goal_size(self.shape, goal)
                cost += weight / size * s.on[self.who, self.unit]
                out_cost += weight / size * s.out
                self.reduced_on += weight / size * s.on
                self.constant += weight / size * self._given(s)
        self.x = self._variables(len(self.who), 0.0, INFINITY, cost)
        leaving = (
            self.shape.units.out if self.ends.get("coverage") != 0 else np.zeros_like(self.shape.units.out)
        )
        self.leaving = self.free[leaving[self.free]]
        self.o = self._variables(len(self.leaving), 0.0, INFINITY, out_cost[self.leaving])

    def _given(self, s: Sum) -> float:
        """What the units outside the LP bring to a sum."""
        out = np.setdiff1d(np.flatnonzero(self.held < 0), self.free) if len(self.fixed) else self.fixed
        return float(s.on[self.held[self.fixed], self.fixed].sum() + s.out[out].sum())

    def _variables(self, n: int, low: float, high: float, cost: Floats | float = 0.0) -> NDArray[np.int32]:
        if n == 0:
            return np.zeros(0, dtype=np.int32)
        first = self.model.num_variables()
        low_ends: Any = np.full(n, low)
        whole: Any = np.zeros(n, dtype=np.bool_)
        self.model.add_var_array_with_bounds(low_ends, np.full(n, high), whole, "")
        found = np.arange(first, first + n, dtype=np.int32)
        costs = np.broadcast_to(np.asarray(cost, dtype=np.float64), (n,))
        for column in np.flatnonzero(costs).tolist():
            self.model.set_var_objective_coefficient(first + column, float(costs[column]))
        return found

    def _constraint(self, columns: Sequence[int], factors: Sequence[float], low: float, high: float) -> int:
        row: int = self.model.add_linear_constraint()
        self.model.set_constraint_lower_bound(row, low)
        self.model.set_constraint_upper_bound(row, high)
        for c, k in zip(columns, factors, strict=True):
            self.model.safe_add_term_to_constraint(row, c, k)
        return row

    # --- rows ---

    def _covers(self) -> None:
        order = np.argsort(self.unit, kind="stable")
        ends = np.searchsorted(self.unit[order], np.arange(len(self.shape.units) + 1)).tolist()
        leave = np.full(len(self.shape.units), -1)
        leave[self.leaving] = self.o
        x, leaves = self.x[order].tolist(), leave.tolist()
        self.cover = []
        for u in self.free.tolist():
            columns = x[ends[u] : ends[u + 1]]
            if leaves[u] >= 0:
                columns.append(leaves[u])
            whole = float(self.stands_for[u])
            self.cover.append(self._constraint(columns, [1.0] * len(columns), whole, whole))

    def _loads(self) -> None:
        """W of each loads and member, and their sum where a row speaks of it."""
        m = len(self.shape.problem.managers)
        order = np.argsort(self.who, kind="stable")
        ends = np.searchsorted(self.who[order], np.arange(m + 1))
        self.w: list[dict[int, int]] = []
        self.w_row: list[dict[int, int]] = []
        self.t: list[int] = []
        summed = {r.loads for r in self.shape.rows if r.every}
        for at, loads in enumerate(self.shape.loads):
            members = np.flatnonzero(loads.member).tolist()
            columns = self._variables(len(members), -INFINITY, INFINITY).tolist()
            self.w.append(dict(zip(members, columns, strict=True)))
            weight = loads.on(self.who, self.unit) / loads.size
            base = loads.base.astype(np.float64)
            np.add.at(base, self.held[self.fixed], loads.on(self.held[self.fixed], self.fixed))
            rows = {}
            for i, w in self.w[at].items():
                inside = order[ends[i] : ends[i + 1]]
                inside = inside[weight[inside] != 0]
                rows[i] = self._constraint(
                    [w, *self.x[inside].tolist()],
                    [-1.0, *weight[inside].tolist()],
                    *([-float(base[i]) / loads.size] * 2),
                )
            self.w_row.append(rows)
            if at in summed:
                (t,) = self._variables(1, -INFINITY, INFINITY).tolist()
                self._constraint([t, *columns], [-1.0] + [1.0] * len(columns), 0.0, 0.0)
                self.t.append(t)
            else:
                self.t.append(-1)

    def _row(self, row: Row) -> None:
        if row.name.startswith(("high:", "low:")):
            return
        loads = self.shape.loads[row.loads]
        if not loads.member.any():
            return
        largest = max((abs(v) for v in row.weights.values()), default=1)
        rho = 1.0 / (largest * loads.size)
        columns = [self.w[row.loads][i] for i in row.weights]
        factors = [v / largest for v in row.weights.values()]
        end = float(row.end) * rho
        if row.every:
            columns.append(self.t[row.loads])
            factors.append(row.every / largest)
        if row.name.startswith("total:"):
            goal = row.name.split(":", 2)[1]
            if goal in self.ends:
                end = self.ends[goal] * rho
            elif goal in self.goals:
                columns.append(self._top(goal))
                factors.append(-1.0)
                end = 0.0
            else:
                return
        own = self._own(row, rho)
        if own is not None:
            columns.append(own[0])
            factors.append(own[1])
        at = self._constraint(columns, factors, -INFINITY, end)
        self.named.append((row.name, at, rho * self.size))

    def _own(self, row: Row, rho: float) -> tuple[int, float] | None:
        """The variable that lets a row give way, counted in the row's unit, and its factor."""
        if row.name.startswith("total:"):
            return None
        if row.price is None:
            return self._over(), -1.0
        if self.ends.get("penalty") == 0:
            return self._over(), -1.0
        unit = row.price / (row.factor * rho)  # of penalty, for one of the row's unit
        (q,) = self._variables(1, 0.0, INFINITY, self.goals.get("penalty", 0.0) * unit).tolist()
        self.soft.append((q, unit))
        return q, -1.0

    def _over(self) -> int:
        (over,) = self._variables(1, 0.0, INFINITY, self.elastic).tolist()
        self.over.append(over)
        return int(over)

    def _top(self, goal: str) -> int:
        """In minimised form, in parts of the usual load: the largest total, or minus the least."""
        if self.top is None:
            (self.top,) = self._variables(1, -INFINITY, INFINITY).tolist()
            self.model.set_var_objective_coefficient(self.top, self.goals[goal])
        assert self.top is not None
        return self.top

    def _spans(self) -> None:
        """h, l and s of every spread, s in goal units."""
        resolution = self.shape.problem.resolution
        if "balance" not in self.goals and "balance" not in self.ends:
            return
        for span in self.shape.spans:
            loads = self.shape.loads[span.loads]
            h, low = self._variables(2, -INFINITY, INFINITY).tolist()
            per = span.weight * resolution * loads.size / span.scale / goal_size(self.shape, "balance")
            (s,) = self._variables(1, 0.0, INFINITY, self.goals.get("balance", 0.0) * per).tolist()
            self.spans.append((s, per * goal_size(self.shape, "balance")))
            self._constraint([h, low, s], [1.0, -1.0, -1.0], -INFINITY, 0.0)
            factor = self.size / (resolution * loads.size)
            for i, w in self.w[span.loads].items():
                name = self.shape.problem.managers[i]
                at = self._constraint([w, h], [1.0, -1.0], -INFINITY, 0.0)
                self.named.append((f"high:{span.name}:{name}", at, factor))
                at = self._constraint([w, low], [-1.0, 1.0], -INFINITY, 0.0)
                self.named.append((f"low:{span.name}:{name}", at, factor))

    def _locked(self, name: str) -> None:
        end = self.ends[name]
        if name in self.shape.sums:
            if name == "coverage" and end == 0:
                return
            s, size = self.shape.sums[name], goal_size(self.shape, name)
            on, out = s.on[self.who, self.unit], s.out[self.leaving]
            inside, outside = np.flatnonzero(on), np.flatnonzero(out)
            at = self._constraint(
                [*self.x[inside].tolist(), *self.o[outside].tolist(), self._over()],
                [*(on[inside] / size).tolist(), *(out[outside] / size).tolist(), -1.0],
                -INFINITY,
                (end - self._given(s)) / size,
            )
            self.named.append((f"goal:{name}", at, self.size / size))
            self.priced.append((s, size, at))
        elif name == "penalty" and end != 0:
            size = float(max(1, end))
            columns, factors = [q for q, _ in self.soft], [u / size for _, u in self.soft]
            at = self._constraint([*columns, self._over()], [*factors, -1.0], -INFINITY, end / size)
            self.named.append(("goal:penalty", at, self.size / size))
        elif name == "balance":
            size = goal_size(self.shape, "balance")
            columns, factors = [s for s, _ in self.spans], [u / size for _, u in self.spans]
            at = self._constraint([*columns, self._over()], [*factors, -1.0], -INFINITY, end / size)
            self.named.append(("goal:balance", at, self.size / size))

    # --- solve and read ---

    def solve(self, seconds: float) -> Relaxed | None:
        from ortools.linear_solver.python import model_builder_helper as helper

        solver = helper.ModelSolverHelper("glop")
        solver.set_time_limit_in_seconds(max(0.01, seconds))
        solver.solve(self.model)
        if solver.status() != helper.SolveStatus.OPTIMAL:
            return None
        values, duals = np.array(solver.variable_values()), np.array(solver.dual_values())
        shape = self.shape
        share = np.zeros(self.reduced_on.shape)
        share[self.who, self.unit] = values[self.x]
        reduced, reduced_out = self.reduced_on.copy(), self.reduced_out.copy()
        for loads, rows in zip(shape.loads, self.w_row, strict=True):
            price = np.zeros(len(reduced))
            price[list(rows)] = duals[list(rows.values())]
            if price.any():
                every = loads.load[None, :] if loads.pair is None else loads.pair
                reduced -= (price / loads.size)[:, None] * every
        for s, size, at in self.priced:
            if duals[at]:
                reduced -= duals[at] / size * s.on
                reduced_out -= duals[at] / size * s.out
        cover = np.zeros(len(shape.units))
        cover[self.free] = duals[self.cover]
        named = {name: -float(duals[row]) * factor for name, row, factor in self.named}
        over = float(values[self.over].sum()) if self.over else 0.0
        value = (float(solver.objective_value()) + self.constant) * self.size
        highest = max((abs(float(duals[row])) for _, row, _ in self.named), default=0.0)
        return Relaxed(share, reduced, reduced_out, cover, named, value, self.size, over, highest)


__all__ = ["Master", "Relaxed", "Sum", "goal_size"]
