"""A division by units, and what moving one unit, or exchanging two, would change: many at once, exactly.

Bands of a mean are taken at the present mean; whoever takes a move counts anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.declared import WHOLE
from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.shape import Group, Shape

FAR = 2**61


@dataclass(frozen=True)
class Band:
    """Ends of totals by unit of managers; `unit_of` -1: none. price None: hard."""

    loads: int
    unit_of: Ints
    low: Ints
    high: Ints
    step: int
    price: int | None

    def excess(self, unit: NDArray[np.intp] | Ints, total: Ints) -> Ints:
        """By how much totals lie outside; 0 for no unit."""
        over = np.maximum(np.maximum(self.low[unit] - total, total - self.high[unit]), 0)
        return np.where(unit >= 0, over, 0)


@dataclass(frozen=True)
class Moves:
    """Unit u goes from manager a (-1: nobody) to b, and unit v (-1: none) from b to a."""

    u: Ints
    a: Ints
    b: Ints
    v: Ints

    def __len__(self) -> int:
        return len(self.u)


class State:
    """Manager by unit, what everybody carries, what every sum is worth."""

    def __init__(self, shape: Shape, held: Ints) -> None:
        self.shape, self.held = shape, held.copy()
        self.totals = [loads.totals(held) for loads in shape.loads]
        units = np.arange(len(held))
        inside, outside = units[held >= 0], units[held < 0]
        self.sums = {
            k: int(s.on[held[inside], inside].sum()) + int(s.out[outside].sum())
            for k, s in shape.sums.items()
        }
        self.bands = [b for g in shape.groups for b in _bands(g, self.totals[g.loads])]

    def copy(self) -> State:
        return State(self.shape, self.held)

    # --- values, in minimised form ---

    def value(self, goal: str) -> int:
        if goal in self.sums:
            return self.sums[goal]
        if goal == "penalty":
            return self.penalty()
        if goal == "balance":
            return sum(self._span(at) for at in range(len(self.shape.spans)))
        totals = self.totals[self.shape.totals[goal]][self.shape.loads[self.shape.totals[goal]].member]
        return int(totals.max()) if goal == "leximax" else -int(totals.min())

    def smooth(self, goal: str) -> float:
        """The goal's value with a little of what its rounding up hides: what `changes` adds up to."""
        value = float(self.value(goal))
        if goal == "penalty":
            value += sum(
                0.01 * b.price * float((e / b.step + (-e // b.step)).sum())
                for b in self.bands
                if b.price is not None
                for e in (self._excess(b),)
            )
        elif goal == "balance":
            for at, span in enumerate(self.shape.spans):
                totals = self.totals[span.loads][self.shape.loads[span.loads].member]
                apart = float(totals.max() - totals.min())
                exact = span.weight * self.shape.problem.resolution * apart / span.scale
                value += 0.01 * (exact - self._span(at))
        return value

    def penalty(self) -> int:
        total = 0
        for band in self.bands:
            if band.price is not None:
                excess = self._excess(band)
                total += band.price * int((-(-excess // band.step)).sum())
        return total

    def _span(self, at: int) -> int:
        span = self.shape.spans[at]
        totals = self.totals[span.loads][self.shape.loads[span.loads].member]
        apart = int(totals.max()) - int(totals.min())
        return span.weight * -(-self.shape.problem.resolution * apart // span.scale)

    def _excess(self, band: Band) -> Ints:
        return band.excess(np.arange(len(band.low)), _by_unit(band, self.totals[band.loads]))

    def over(self, ends: Mapping[str, int]) -> float:
        """By how much hard rules and ends are overstepped; 0: they are kept."""
        total = sum(
            float(self._excess(b).sum()) / self.shape.loads[b.loads].size
            for b in self.bands
            if b.price is None or ends.get("penalty") == 0
        )
        total += float((self.held < 0)[~self.shape.units.out].sum())
        for goal, end in ends.items():
            if not (goal == "penalty" and end == 0):
                total += max(0, self.value(goal) - end) / self.unit(goal)
        return total

    def strained(self, ends: Mapping[str, int]) -> Bools:
        """Whose total is outside a band that must be kept."""
        found = np.zeros(len(self.shape.problem.managers), dtype=np.bool_)
        for band in self.bands:
            if band.price is None or ends.get("penalty") == 0:
                inside = band.unit_of >= 0
                found[inside] |= self._excess(band)[band.unit_of[inside]] > 0
        return found

    def unit(self, goal: str) -> float:
        """About what one decision changes."""
        units = self.__dict__.setdefault("_units", {})
        if goal not in units:
            from cmopt.solvers.large.lp import goal_size

            units[goal] = goal_size(self.shape, goal)
            if goal == "penalty":
                prices = [
                    b.price * self.shape.loads[b.loads].size / b.step / 100
                    for b in self.bands
                    if b.price is not None
                ]
                units[goal] = max(1.0, float(np.mean(prices)) if prices else 1.0)
        return float(units[goal])

    # --- changes ---

    def changes(self, moves: Moves, goal: str, ends: Mapping[str, int]) -> tuple[Floats, Floats]:
        """By move: (by how much `over` changes, by how much the goal does, both in units of a decision)."""
        over, gain = np.zeros(len(moves)), np.zeros(len(moves))
        deltas = self._deltas(moves)
        over += ((moves.b < 0) & ~self.shape.units.out[moves.u]) - (
            (moves.a < 0) & ~self.shape.units.out[moves.u]
        ).astype(np.float64)
        penalties = np.zeros(len(moves))
        wanted = goal == "penalty" or "penalty" in ends
        for band in self.bands:
            soft = band.price is not None and ends.get("penalty") != 0
            if soft and not wanted:
                continue
            excess = self._excess_changes(band, moves, deltas[band.loads], soft)
            if soft:
                penalties += excess
            else:
                over += excess / self.shape.loads[band.loads].size
        for name in {goal, *ends}:
            if name == "penalty":
                change = penalties
            elif name in self.shape.sums:
                change = self._sum_changes(name, moves)
            elif name == "balance":
                change = self._span_changes(moves, deltas)
            else:
                change = self._top_changes(name, moves, deltas)
            if name == goal:
                gain += change / self.unit(name)
            if name in ends and not (name == "penalty" and ends[name] == 0):
                room = self.value(name) - ends[name]
                over += (np.maximum(0, room + change) - max(0, room)) / self.unit(name)
        return over, gain

    def _deltas(self, moves: Moves) -> list[tuple[Ints, Ints]]:
        """By loads: what a carries more and what b carries more."""
        found: list[tuple[Ints, Ints]] = []
        other = np.maximum(moves.v, 0)
        for loads in self.shape.loads:
            back: Ints = (moves.v >= 0).astype(np.int64)
            da = back * loads.on(moves.a, other) - loads.on(moves.a, moves.u)
            db = loads.on(moves.b, moves.u) - back * loads.on(moves.b, other)
            found.append((da, db))
        return found

    def _sum_changes(self, name: str, moves: Moves) -> Floats:
        s = self.shape.sums[name]

        def at(i: Ints, u: Ints) -> Ints:
            return np.where(i >= 0, s.on[i, u], s.out[u])

        change = at(moves.b, moves.u) - at(moves.a, moves.u)
        other = np.maximum(moves.v, 0)
        change = change + np.where(moves.v >= 0, at(moves.a, other) - at(moves.b, other), 0)
        return np.asarray(change, dtype=np.float64)

    def _excess_changes(self, band: Band, moves: Moves, delta: tuple[Ints, Ints], soft: bool) -> Floats:
        total = _by_unit(band, self.totals[band.loads])
        ua = np.where(moves.a >= 0, band.unit_of[moves.a], -1)
        ub = np.where(moves.b >= 0, band.unit_of[moves.b], -1)
        da, db = delta
        together = ua == ub
        da = np.where(together, da + db, da)
        now = band.excess(np.arange(len(total)), total)
        change = np.zeros(len(moves))
        for unit, d, counts in ((ua, da, ua >= 0), (ub, db, (ub >= 0) & ~together)):
            new = band.excess(unit, total[unit] + d)
            old = now[unit]
            if soft:
                price = band.price or 0
                whole = -(-new // band.step) + (-old // band.step)
                change += np.where(counts, price * (0.99 * whole + 0.01 * (new - old) / band.step), 0.0)
            else:
                change += np.where(counts, new - old, 0)
        return change

    def _after(self, at: int, moves: Moves, delta: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
        """(the largest, the least total of a member after each move)."""
        loads, total = self.shape.loads[at], self.totals[at]
        members = np.flatnonzero(loads.member)
        ends = []
        for sign in (1, -1):
            order = members[np.argsort(-sign * total[members], kind="stable")][:3]
            rest = np.full(len(moves), -FAR)
            for i in order[::-1].tolist():
                rest = np.where((moves.a != i) & (moves.b != i), sign * total[i], rest)
            for who, d in ((moves.a, delta[0]), (moves.b, delta[1])):
                inside = (who >= 0) & loads.member[who]
                rest = np.where(inside, np.maximum(rest, sign * (total[who] + d)), rest)
            ends.append(sign * rest)
        return ends[0], ends[1]

    def _span_changes(self, moves: Moves, deltas: list[tuple[Ints, Ints]]) -> Floats:
        change, resolution = np.zeros(len(moves)), self.shape.problem.resolution
        for at, span in enumerate(self.shape.spans):
            high, low = self._after(span.loads, moves, deltas[span.loads])
            whole = span.weight * -(-resolution * (high - low) // span.scale)
            smooth = span.weight * resolution * (high - low) / span.scale
            now = self.totals[span.loads][self.shape.loads[span.loads].member]
            smooth_now = span.weight * resolution * float(now.max() - now.min()) / span.scale
            change += 0.99 * (whole - self._span(at)) + 0.01 * (smooth - smooth_now)
        return change

    def _top_changes(self, name: str, moves: Moves, deltas: list[tuple[Ints, Ints]]) -> Floats:
        at = self.shape.totals[name]
        high, low = self._after(at, moves, deltas[at])
        new = high if name == "leximax" else -low
        return np.asarray(new - self.value(name), dtype=np.float64)

    def take(self, moves: Moves, k: int) -> None:
        u, a, b, v = (int(x[k]) for x in (moves.u, moves.a, moves.b, moves.v))
        self.give(u, b)
        if v >= 0:
            self.give(v, a)

    def give(self, u: int, b: int) -> None:
        a = int(self.held[u])
        unit = np.array([u])
        for at, loads in enumerate(self.shape.loads):
            if a >= 0:
                self.totals[at][a] -= int(loads.on(np.array([a]), unit)[0])
            if b >= 0:
                self.totals[at][b] += int(loads.on(np.array([b]), unit)[0])
        for k, s in self.shape.sums.items():
            self.sums[k] += int(s.out[u] if b < 0 else s.on[b, u]) - int(s.out[u] if a < 0 else s.on[a, u])
        self.held[u] = b
        if any(g.within is not None for g in self.shape.groups):
            self.bands = [band for g in self.shape.groups for band in _bands(g, self.totals[g.loads])]


def _by_unit(band: Band, total: Ints) -> Ints:
    found = np.zeros(len(band.low), dtype=np.int64)
    inside = np.flatnonzero(band.unit_of >= 0)
    np.add.at(found, band.unit_of[inside], total[inside])
    return found


def _bands(group: Group, totals: Ints) -> list[Band]:
    found = []
    ends = [(group.least, -FAR), (group.most, FAR)]
    if any(v is not None for side, _ in ends for v in side):
        low, high = (np.array([far if v is None else v for v in side], dtype=np.int64) for side, far in ends)
        found.append(Band(group.loads, group.unit_of, low, high, group.step, group.price))
    if group.within is not None:
        n, p = len(group.most), group.within
        whole = int(totals[group.unit_of >= 0].sum())
        low_end, high_end = -(-(WHOLE - p) * whole // (WHOLE * n)), (WHOLE + p) * whole // (WHOLE * n)
        found.append(
            Band(
                group.loads, group.unit_of, np.full(n, low_end), np.full(n, high_end), group.step, group.price
            )
        )
    return found
