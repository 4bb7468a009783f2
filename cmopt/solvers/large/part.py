"""CP-SAT on a part: some units divided anew among managers nearly as cheap, all others as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from ortools.sat.python import cp_model

from cmopt.domain.problem import Bools, Ints
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.run import Ending, run_once
from cmopt.solvers.large.state import FAR, Band, State

PARAMETERS = {"linearization_level": 1, "cp_model_probing_level": 0, "symmetry_level": 0, "cut_level": 0}
LARGEST = 2**61
FINE = 1000  # parts of the goal's unit in which overstepping is priced


def divide_part(
    state: State,
    goal: str,
    ends: Mapping[str, int],
    free: Bools,
    effort: float,
    seconds: float,
    progress: Progress,
    mend: float | None = None,
) -> tuple[Ints | None, Ending]:
    """(manager by unit of the best division found that differs in `free` pairs [i, u] only and is no worse, how
    the search ended).

    mend: None where the present division keeps every rule and end. Otherwise hard bands may be overstepped, a
    manager's usual load at so many decisions of the goal.
    """
    found = solve_part(state, goal, ends, free, PARAMETERS, effort, seconds, progress, mend)
    return found.held, found.ending


@dataclass(frozen=True)
class Divided:
    """held: manager by unit, None: no division. bound: of the goal (with what mending adds) among its pairs."""

    held: Ints | None
    ending: Ending
    bound: int | None


def solve_part(
    state: State,
    goal: str,
    ends: Mapping[str, int],
    free: Bools,
    parameters: Mapping[str, Any],
    effort: float,
    seconds: float,
    progress: Progress,
    mend: float | None = None,
) -> Divided:
    """`divide_part` with CP-SAT's parameters given and its bound told."""
    part = _Part(state, goal, ends, free, mend)
    if part.cp.validate():  # figures too large for CP-SAT
        return Divided(None, Ending.UNKNOWN, None)
    solve = run_once(part.cp, seconds, progress, parameters, effort)
    if solve.values is None:
        return Divided(None, solve.ending, solve.bound)
    held = state.held.copy()
    for (i, u), literal in part.literal.items():
        if solve.values(literal):
            held[u] = i
    return Divided(held, solve.ending, solve.bound)


class _Part:
    def __init__(
        self, state: State, goal: str, ends: Mapping[str, int], free: Bools, mend: float | None
    ) -> None:
        self.state, self.shape, self.mend = state, state.shape, mend
        self.fine = 1 if mend is None else FINE
        self.per_decision = state.unit(goal)
        self.over: Any = 0
        self.cp = cp_model.CpModel()
        self.units = np.flatnonzero(free.any(axis=0))
        self.literal: dict[tuple[int, int], Any] = {}
        for u in self.units.tolist():
            options = [self._literal(i, u) for i in np.flatnonzero(free[:, u]).tolist()]
            if state.held[u] < 0:
                options.append(self._literal(-1, u))
            self.cp.add_exactly_one(options)
        self.who = np.array([i for i, _ in self.literal], dtype=np.int64)
        self.unit = np.array([u for _, u in self.literal], dtype=np.int64)
        self.all = list(self.literal.values())
        self._totals()
        penalties = [self._band(band, goal, ends) for band in state.bands]
        spreads = (
            [self._span(at) for at in range(len(self.shape.spans))] if {"balance"} & {goal, *ends} else []
        )
        for name in {goal: 0, **ends}:
            if name in self.shape.sums:
                expr = self._sum(name)
            elif name == "penalty":
                expr = sum(p for p in penalties if p is not None)
            elif name == "balance":
                expr = sum(spreads)
            else:
                expr = self._top(name)
            now = state.value(name)
            if name in ends:
                self.cp.add(expr <= max(now, ends[name]))
            if name == goal:
                if mend is None:
                    self.cp.add(expr <= now)
                self.cp.minimize(self.fine * expr + self.over)

    def _literal(self, i: int, u: int) -> Any:
        literal = self.cp.new_bool_var("")
        self.cp.add_hint(literal, int(self.state.held[u]) == i)
        self.literal[i, u] = literal
        return literal

    def _totals(self) -> None:
        """By loads: (unit that divides all figures, manager -> (what stays, columns, loads), in that unit)."""
        self.loads = []
        for loads, total in zip(self.shape.loads, self.state.totals, strict=True):
            weight = loads.on(self.who, self.unit)
            current = self.state.held[self.unit] == self.who
            members = {}
            for i in sorted(set(self.who[self.who >= 0].tolist())):
                if loads.member[i]:
                    own = np.flatnonzero((self.who == i) & (weight != 0))
                    stays = int(total[i]) - int(weight[own][current[own]].sum())
                    members[i] = (stays, own.tolist(), weight[own].tolist())
            self.loads.append(members)

    def _unit_total(self, band: Band, members: list[int]) -> tuple[int, list[Any], list[int]]:
        total, columns, weights = 0, list[Any](), list[int]()
        for i in members:
            if i in self.loads[band.loads]:
                stays, own, weight = self.loads[band.loads][i]
                total += stays
                columns += [self.all[k] for k in own]
                weights += weight
            else:
                total += int(self.state.totals[band.loads][i])
        return total, columns, weights

    def _band(self, band: Band, goal: str, ends: Mapping[str, int]) -> Any:
        """Keeps the ends of a hard band; of a soft one the penalty it costs."""
        penalty: Any = 0
        soft = band.price is not None and ends.get("penalty") != 0
        if soft and "penalty" not in {goal, *ends}:
            return None
        for k in range(len(band.low)):
            members = np.flatnonzero(band.unit_of == k).tolist()
            total, columns, weights = self._unit_total(band, members)
            low, high = int(band.low[k]), int(band.high[k])
            if not columns:
                if soft:
                    excess = max(low - total, total - high, 0)
                    penalty = penalty + (band.price or 0) * -(-excess // band.step)
                continue
            unit = gcd(*weights)
            if soft:
                worst = max(low - total - sum(min(w, 0) for w in weights), total + sum(weights) - high, 0)
                steps = -(-worst // band.step)
                if not steps:
                    continue
                q = self.cp.new_int_var(0, steps, "")
                now = total + sum(w for w, c in zip(weights, columns, strict=True) if self._is_now(c))
                self.cp.add_hint(q, -(-max(low - now, now - high, 0) // band.step))
                expr = cp_model.LinearExpr.weighted_sum(columns, weights)
                if high < FAR:
                    self.cp.add(expr - band.step * q <= high - total)
                if low > -FAR:
                    self.cp.add(expr + band.step * q >= low - total)
                penalty = penalty + (band.price or 0) * q
            else:
                expr = cp_model.LinearExpr.weighted_sum(columns, [w // unit for w in weights])
                least = -LARGEST if low <= -FAR else -(-(low - total) // unit)
                most = LARGEST if high >= FAR else (high - total) // unit
                now = sum(w // unit for w, c in zip(weights, columns, strict=True) if self._is_now(c))
                if self.mend is None:
                    self.cp.add_linear_constraint(expr, min(least, now), max(most, now))
                    continue
                size = self.shape.loads[band.loads].size
                beyond = self.cp.new_int_var(0, max(0, least - now, now - most), "")
                if least > -LARGEST:
                    self.cp.add(expr + beyond >= least)
                if most < LARGEST:
                    self.cp.add(expr - beyond <= most)
                price = self.mend * self.fine * self.per_decision * unit / size
                self.over = self.over + max(1, round(price)) * beyond
        return penalty

    def _is_now(self, literal: Any) -> bool:
        if not hasattr(self, "now"):
            self.now = {c.index: bool(self.state.held[u] == i) for (i, u), c in self.literal.items()}
        return self.now[literal.index]

    def _sum(self, name: str) -> Any:
        s = self.shape.sums[name]
        every = np.where(self.who >= 0, s.on[self.who, self.unit], s.out[self.unit])
        held = self.state.held[self.units]
        now = np.where(held >= 0, s.on[held, self.units], s.out[self.units])
        rest = self.state.value(name) - int(now.sum())
        return cp_model.LinearExpr.weighted_sum(self.all, every.tolist()) + rest

    def _extreme(self, at: int) -> tuple[list[Any], int, int]:
        """(totals that may change, the largest and the least of the others)."""
        members = np.flatnonzero(self.shape.loads[at].member).tolist()
        totals = self.state.totals[at]
        exprs, others = [], []
        for i in members:
            if i in self.loads[at] and self.loads[at][i][1]:
                stays, own, weight = self.loads[at][i]
                exprs.append(cp_model.LinearExpr.weighted_sum([self.all[k] for k in own], weight) + stays)
            else:
                others.append(int(totals[i]))
        return exprs, max(others, default=-FAR), min(others, default=FAR)

    def _span(self, at: int) -> Any:
        span = self.shape.spans[at]
        exprs, largest, least = self._extreme(span.loads)
        totals = self.state.totals[span.loads][self.shape.loads[span.loads].member]
        now_high, now_low = int(totals.max()), int(totals.min())
        loads = self.shape.loads[span.loads]
        room = int(np.abs(loads.load if loads.pair is None else loads.pair).sum())
        high = self.cp.new_int_var(max(largest, now_low - room), now_high + room, "")
        low = self.cp.new_int_var(now_low - room, min(least, now_high + room), "")
        for expr in exprs:
            self.cp.add(expr <= high)
            self.cp.add(expr >= low)
        resolution = self.shape.problem.resolution
        s = self.cp.new_int_var(0, -(-resolution * (now_high - now_low + 2 * room) // span.scale), "")
        self.cp.add_hint(high, now_high)
        self.cp.add_hint(low, now_low)
        self.cp.add_hint(s, -(-resolution * (now_high - now_low) // span.scale))
        self.cp.add(span.scale * s >= resolution * (high - low))
        return span.weight * s

    def _top(self, name: str) -> Any:
        at = self.shape.totals[name]
        exprs, largest, least = self._extreme(at)
        now = self.state.value(name)
        sign = 1 if name == "leximax" else -1
        other = largest if name == "leximax" else -least
        loads = self.shape.loads[at]
        room = int(np.abs(loads.load if loads.pair is None else loads.pair).sum())
        top = self.cp.new_int_var(max(other, now - 2 * room), max(now + room, other), "")
        for expr in exprs:
            self.cp.add(sign * expr <= top)
        return top
