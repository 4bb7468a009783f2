"""The linear relaxation, columns added as needed: duals that bound, fractions that guide. Floats: hints only.

Each round solves the relaxation over the pairs of a pool by GLOP, then adds to each unit the pairs whose price
is below what the unit costs now (P. Gilmore, R. Gomory, Operations Research 9, 1961).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.lp import Relaxed, goal_size, reduced, solve_pairs
from cmopt.solvers.large.shape import Shape, merged

CLOSE = 3e-4  # of the value: what columns that are still missing, or groups, may be worth
ROUNDS = 40
FIRST, AT_ONCE = 2, 2  # pairs of a unit in the pool at first, added in one round
COARSE = 400  # groups of alike units, to begin with
PIECES = 4  # of a group that is split


class Master:
    """The relaxation for goals with weights, earlier goals kept within their ends.

    Of many units the alike are one group first, which may be divided; groups that the optimum divides, or whose
    units would rather go to different managers at its prices, are split, until that changes nothing that
    matters (dynamic aggregation: D. Rogers et al., Operations Research 39, 1991). Multipliers of a problem with
    groups are good for the units, too: a bound from multipliers is true whatever they are.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.seconds: Callable[[], float] = lambda: 1e6
        self.sizes = _Sizes(shape)

    def solve(self, goals: Mapping[str, float], ends: Mapping[str, int]) -> Relaxed | None:
        """None where GLOP finds no optimum in time; that of a coarser problem where it finds that one."""
        n = len(self.shape.units)
        if n <= 2 * COARSE:
            return self.columns(self.shape, goals, ends)
        group = self.alike(goals, self._largest())
        pool: Bools | None = None
        of_units: Relaxed | None = None
        while True:
            groups = merged(self.shape, group)
            found = self.columns(groups, goals, ends, pool)
            if found is None:
                return of_units
            of_units = self._of_units(found, group, ends)
            wanting = _wanting(found, of_units, group)
            if not wanting.any():
                return of_units
            used = found.share > 0
            parent, group = group, _split(group, wanting, of_units)
            pieces = merged(self.shape, group)
            on, _ = reduced(pieces, found.load_prices, found.sum_prices)
            first = np.unique(group, return_index=True)[1]
            pool = used[:, parent[first]]
            pool[np.where(pieces.units.may, on, np.inf).argmin(axis=0), np.arange(len(first))] = True
            pool &= pieces.units.may

    def _of_units(self, found: Relaxed, group: Ints, ends: Mapping[str, int]) -> Relaxed:
        """The relaxation of the groups as one of the units: a divided group's units go whole to one after the
        other as far as its shares reach."""
        on, out = reduced(self.shape, found.load_prices, found.sum_prices)
        least = np.where(self.shape.units.may, on, np.inf).min(axis=0, initial=np.inf)
        leaving = self.shape.units.out & (ends.get("coverage") != 0)
        cover = np.where(leaving, np.minimum(least, out), least)
        share = found.share[:, group]
        top = found.share.max(axis=0, initial=0.0)
        for g in np.flatnonzero((top < 1.0 - 1e-6) & (np.bincount(group) > 1)).tolist():
            members = np.flatnonzero(group == g)
            reach = np.cumsum(found.share[:, g])[:, None] * len(members)
            begin = np.arange(len(members))[None, :]
            below = np.clip(reach - found.share[:, g][:, None] * len(members), begin, begin + 1)
            share[:, members] = np.clip(reach, begin, begin + 1) - below
        return replace(found, share=share, reduced=on, reduced_out=out, cover=cover)

    def _missing(self, shape: Shape, found: Relaxed) -> float:
        """How far from its optimum the relaxation is at most, in parts of the value."""
        price = np.where(shape.units.may, found.reduced - found.cover[None, :], 0.0)
        return float(-np.minimum(price.min(axis=0), 0.0).sum()) / max(1.0, abs(found.value / found.size))

    def _largest(self) -> Ints:
        return np.argsort(-self._sizes(), kind="stable")[: COARSE // 4]

    def _sizes(self) -> Floats:
        """By unit what it weighs of all loads, in parts of what managers usually carry."""
        size = np.zeros(len(self.shape.units))
        for loads in self.shape.loads:
            size += np.abs(loads.load if loads.pair is None else loads.pair.mean(axis=0)) / loads.size
        return size

    def alike(self, goals: Mapping[str, float], alone: Ints, groups: int = COARSE) -> Ints:
        """Number of the group of each unit: neighbours by who may hold them, who is cheapest, size, about so
        many `groups`; the units `alone` are groups of their own, numbered first, in their order."""
        shape, n, size = self.shape, len(self.shape.units), self._sizes()
        price = np.where(shape.units.may, self._costs(shape, goals), np.inf)
        best = np.where(price.max(axis=0) > price.min(axis=0), price.argmin(axis=0), -1)
        may = np.unique(shape.units.may, axis=1, return_inverse=True)[1].reshape(-1)
        group = np.full(n, -1, dtype=np.int64)
        group[alone] = np.arange(len(alone))
        order = np.lexsort((np.arange(n), size, best, shape.units.out, may))
        order = order[group[order] < 0]
        starts = np.ones(len(order), dtype=np.bool_)
        for key in (best, may, shape.units.out):
            starts[1:] &= key[order][1:] == key[order][:-1]
        starts[1:] = ~starts[1:]
        run = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
        each = -(-len(order) // groups)
        starts |= (np.arange(len(order)) - run) % each == 0
        group[order] = len(alone) - 1 + np.cumsum(starts)
        return group

    def _costs(self, shape: Shape, goals: Mapping[str, float]) -> Floats:
        price = np.zeros(shape.units.may.shape)
        for goal, weight in goals.items():
            if goal in shape.sums:
                price += weight / self.sizes[goal] * shape.sums[goal].on
        return price

    def _pool(self, shape: Shape, goals: Mapping[str, float]) -> Bools:
        """To begin with the two cheapest pairs of each unit, by turns where they are alike."""
        m, n = shape.units.may.shape
        price = self._costs(shape, goals)
        price += (np.arange(m)[:, None] * 7 + np.arange(n)[None, :] * 3) % m * 1e-6
        return _cheapest(np.where(shape.units.may, price, np.inf))

    def columns(
        self, shape: Shape, goals: Mapping[str, float], ends: Mapping[str, int], pool: Bools | None = None
    ) -> Relaxed | None:
        """The LP of the pool's pairs, with more of them while any is cheaper than what its unit costs."""
        pool = self._pool(shape, goals) if pool is None else pool
        may, units = shape.units.may, np.arange(len(shape.units))
        found: Relaxed | None = None
        for _ in range(ROUNDS):
            last, found = found, solve_pairs(shape, self.sizes, goals, ends, pool, self.seconds())
            if found is None:
                return last
            if self._missing(shape, found) <= CLOSE:
                break
            missing = np.where(may & ~pool, found.reduced - found.cover[None, :], 0.0)
            for _ in range(AT_ONCE):
                who = missing.argmin(axis=0)
                better = np.flatnonzero(missing[who, units] < -1e-9)
                pool[who[better], better] = True
                missing[who[better], better] = 0.0
        return found


def _wanting(found: Relaxed, of_units: Relaxed, group: Ints) -> Bools:
    """Which groups to split: those whose units cost less apart, where it matters."""
    n = found.share.shape[1]
    apart = np.bincount(group, of_units.cover, minlength=n)
    lost = np.maximum(found.cover - apart, 0.0)
    worth = max(1.0, abs(found.value / found.size))
    lost[np.bincount(group, minlength=n) < 2] = 0.0
    order = np.argsort(lost, kind="stable")
    wanting = np.zeros(n, dtype=np.bool_)
    wanting[order[np.cumsum(lost[order]) > CLOSE * worth]] = True
    return wanting


def _split(group: Ints, wanting: Bools, of_units: Relaxed) -> Ints:
    """Groups that want it in up to PIECES each: by who is cheapest, by how much it is so."""
    price = of_units.reduced
    who = price.argmin(axis=0)
    gap = np.partition(price, 1, axis=0)[1] - price.min(axis=0) if len(price) > 1 else np.zeros(len(group))
    order = np.lexsort((np.arange(len(group)), gap, who, group))
    place = np.arange(len(group)) - np.searchsorted(group[order], group[order])  # within its group
    size = np.bincount(group)[group[order]]
    piece = np.where(wanting[group[order]], place * np.minimum(PIECES, size) // size, 0)
    _, number = np.unique(group[order] * PIECES + piece, return_inverse=True)
    found = np.empty_like(group)
    found[order] = number.reshape(-1)
    return found


class _Sizes(dict[str, float]):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def __missing__(self, goal: str) -> float:
        self[goal] = goal_size(self.shape, goal)
        return self[goal]


def _cheapest(price: Floats) -> Bools:
    """The cheapest pairs of each unit; infinite: no pair."""
    each = min(FIRST, len(price))
    who = np.argpartition(price, each - 1, axis=0)[:each]
    unit = np.broadcast_to(np.arange(price.shape[1]), who.shape)
    pool = np.zeros(price.shape, dtype=np.bool_)
    pool[who, unit] = np.isfinite(price[who, unit])
    return pool
