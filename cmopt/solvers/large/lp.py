"""One LP of a problem over a pool of pairs, by GLOP; with some units whole, by SCIP. Floats: hints only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.problem import Bools
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.shape import Row, Shape

INFINITY = float("inf")
ELASTIC = 1e5  # what overstepping a hard rule or an end by a manager's usual load costs
PLACING = "limits/gap = 0.003\nlimits/nodes = 200\nseparating/maxrounds = 0\nseparating/maxroundsroot = 0\n"


@dataclass(frozen=True)
class Relaxed:
    """The optimum of the relaxation.

    share[i, u]: how much of the unit goes to whom; reduced[i, u], reduced_out[u]: what the pair costs with the
    loads priced, in the goal's unit divided by `size`; cover[u]: what the unit costs now, in the same unit;
    duals: named row -> multiplier, goal's unit. load_prices, sum_prices: what `reduced` is made of. value: in
    the goal's unit. over: by how much hard rows and ends are overstepped, in parts of a manager's usual load.
    highest: the largest dual of a row, as the LP has it.
    """

    share: Floats
    reduced: Floats
    reduced_out: Floats
    cover: Floats
    duals: dict[str, float]
    load_prices: list[Floats]
    sum_prices: dict[str, float]
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


def solve_pairs(
    shape: Shape,
    sizes: Mapping[str, float],
    goals: Mapping[str, float],
    ends: Mapping[str, int],
    pool: Bools,
    seconds: float,
) -> Relaxed | None:
    """The relaxation over the pairs of the pool alone."""
    return _Lp(shape, sizes, goals, ends, pool).solve(seconds)


def place_pairs(
    shape: Shape,
    sizes: Mapping[str, float],
    goals: Mapping[str, float],
    ends: Mapping[str, int],
    pool: Bools,
    whole: Bools,
    seconds: float,
) -> Floats | None:
    """Good shares [i, u] over the pairs of the pool, the units `whole` given to one manager each; None: none
    found. Deterministic unless `seconds` cut it short."""
    return _Lp(shape, sizes, goals, ends, pool, whole).place(seconds)


def reduced(
    shape: Shape, load_prices: list[Floats], sum_prices: Mapping[str, float]
) -> tuple[Floats, Floats]:
    """(what each pair costs with loads and goals priced, what leaving out costs)."""
    on, out = np.zeros(shape.units.may.shape), np.zeros(len(shape.units))
    for name, price in sum_prices.items():
        if price:
            on += price * shape.sums[name].on
            out += price * shape.sums[name].out
    for loads, prices in zip(shape.loads, load_prices, strict=True):
        if prices.any():
            on += prices[:, None] * (loads.load[None, :] if loads.pair is None else loads.pair)
    return on, out


class _Lp:
    """One LP. Loads are in parts of what a manager usually carries, goals in their sizes."""

    def __init__(
        self,
        shape: Shape,
        sizes: Mapping[str, float],
        goals: Mapping[str, float],
        ends: Mapping[str, int],
        pool: Bools,
        whole: Bools | None = None,
    ) -> None:
        from ortools.linear_solver.python import model_builder_helper

        self.shape, self.sizes, self.goals, self.ends = shape, sizes, goals, ends
        self.model = model_builder_helper.ModelBuilderHelper()
        self.main = min(goals, key=lambda g: abs(goals[g] - 1.0))
        self.size = sizes[self.main]
        self.named: list[tuple[str, int, float]] = []  # name, row, factor from its dual to the multiplier
        self.over: list[int] = []
        self.soft: list[tuple[int, float]] = []  # variable, penalty for one of it
        self.spans: list[tuple[int, float]] = []  # variable, balance for one of it
        self.priced: list[tuple[str, float, int]] = []
        self.top: int | None = None
        self.who, self.unit = np.nonzero(pool)
        self.whole = np.zeros(len(self.who), dtype=np.bool_) if whole is None else whole[self.unit]
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
        self.sum_prices: dict[str, float] = {}
        for goal, weight in self.goals.items():
            if goal in self.shape.sums:
                s, size = self.shape.sums[goal], self.sizes[goal]
                cost += weight / size * s.on[self.who, self.unit]
                out_cost += weight / size * s.out
                self.sum_prices[goal] = weight / size
        self.x = self._variables(len(self.who), 0.0, INFINITY, cost, self.whole)
        self.leaving = np.flatnonzero(self.shape.units.out & (self.ends.get("coverage") != 0))
        self.o = self._variables(len(self.leaving), 0.0, INFINITY, out_cost[self.leaving])

    def _variables(
        self, n: int, low: float, high: float, cost: Floats | float = 0.0, integral: Bools | None = None
    ) -> NDArray[np.int32]:
        if n == 0:
            return np.zeros(0, dtype=np.int32)
        first = self.model.num_variables()
        low_ends: Any = np.full(n, low)
        whole: Any = np.zeros(n, dtype=np.bool_) if integral is None else integral
        high_ends: Any = np.full(n, high)
        self.model.add_var_array_with_bounds(low_ends, high_ends, whole, "")
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
        for u in range(len(self.shape.units)):
            columns = x[ends[u] : ends[u + 1]]
            if leaves[u] >= 0:
                columns.append(leaves[u])
            self.cover.append(self._constraint(columns, [1.0] * len(columns), 1.0, 1.0))

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
            rows = {}
            for i, w in self.w[at].items():
                inside = order[ends[i] : ends[i + 1]]
                inside = inside[weight[inside] != 0]
                rows[i] = self._constraint(
                    [w, *self.x[inside].tolist()],
                    [-1.0, *weight[inside].tolist()],
                    *([-float(loads.base[i]) / loads.size] * 2),
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
        (over,) = self._variables(1, 0.0, INFINITY, ELASTIC).tolist()
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
            per = span.weight * resolution * loads.size / span.scale / self.sizes["balance"]
            (s,) = self._variables(1, 0.0, INFINITY, self.goals.get("balance", 0.0) * per).tolist()
            self.spans.append((s, per * self.sizes["balance"]))
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
            s, size = self.shape.sums[name], self.sizes[name]
            on, out = s.on[self.who, self.unit], s.out[self.leaving]
            inside, outside = np.flatnonzero(on), np.flatnonzero(out)
            at = self._constraint(
                [*self.x[inside].tolist(), *self.o[outside].tolist(), self._over()],
                [*(on[inside] / size).tolist(), *(out[outside] / size).tolist(), -1.0],
                -INFINITY,
                end / size,
            )
            self.named.append((f"goal:{name}", at, self.size / size))
            self.priced.append((name, size, at))
        elif name == "penalty" and end != 0:
            size = float(max(1, end))
            columns, factors = [q for q, _ in self.soft], [u / size for _, u in self.soft]
            at = self._constraint([*columns, self._over()], [*factors, -1.0], -INFINITY, end / size)
            self.named.append(("goal:penalty", at, self.size / size))
        elif name == "balance":
            size = self.sizes["balance"]
            columns, factors = [s for s, _ in self.spans], [u / size for _, u in self.spans]
            at = self._constraint([*columns, self._over()], [*factors, -1.0], -INFINITY, end / size)
            self.named.append(("goal:balance", at, self.size / size))

    # --- solve and read ---

    def solve(self, seconds: float) -> Relaxed | None:
        from ortools.linear_solver.python import model_builder_helper as helper

        solver = helper.ModelSolverHelper("glop")
        solver.set_time_limit_in_seconds(max(0.01, seconds))
        solver.set_solver_specific_parameters("use_dual_simplex: true")
        solver.solve(self.model)
        if solver.status() != helper.SolveStatus.OPTIMAL:
            return None
        values, duals = np.array(solver.variable_values()), np.array(solver.dual_values())
        shape = self.shape
        share = np.zeros(shape.units.may.shape)
        share[self.who, self.unit] = values[self.x]
        load_prices = []
        for loads, rows in zip(shape.loads, self.w_row, strict=True):
            price = np.zeros(len(share))
            price[list(rows)] = -duals[list(rows.values())] / loads.size
            load_prices.append(price)
        sums = dict(self.sum_prices)
        for name, size, at in self.priced:
            sums[name] = sums.get(name, 0.0) - float(duals[at]) / size
        on, out = reduced(shape, load_prices, sums)
        cover = duals[self.cover]
        named = {name: -float(duals[row]) * factor for name, row, factor in self.named}
        over = float(values[self.over].sum()) if self.over else 0.0
        value = float(solver.objective_value()) * self.size
        highest = max((abs(float(duals[row])) for _, row, _ in self.named), default=0.0)
        return Relaxed(share, on, out, cover, named, load_prices, sums, value, self.size, over, highest)

    def place(self, seconds: float) -> Floats | None:
        from ortools.linear_solver.python import model_builder_helper as helper

        solver = helper.ModelSolverHelper("scip")
        solver.set_time_limit_in_seconds(max(0.01, seconds))
        solver.set_solver_specific_parameters(PLACING)
        solver.solve(self.model)
        if solver.status() not in (helper.SolveStatus.OPTIMAL, helper.SolveStatus.FEASIBLE):
            return None
        share = np.zeros(self.shape.units.may.shape)
        share[self.who, self.unit] = np.array(solver.variable_values())[self.x]
        return share
