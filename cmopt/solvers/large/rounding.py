"""From fractions to whole units: the large divided ones are settled one after the other, the LP giving way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.lp import Relaxed, goal_size, solve_pairs
from cmopt.solvers.large.shape import Shape, restricted

OPEN = 500  # units nearest indifference that stay open meanwhile
LARGE = 0.006  # of what a manager usually carries
DIVES = 12
OPTIONS = 4
SECONDS = 60.0  # of one small LP: a guard, never reached in what was measured


def nearest(shape: Shape, relaxed: Relaxed) -> Ints:
    """Manager by unit, -1: left out: to whom the relaxation gives most of it."""
    return _most(shape, relaxed.share, np.where(shape.units.may, relaxed.reduced, np.inf))


def rounded(
    shape: Shape, goal: str, ends: Mapping[str, int], relaxed: Relaxed, stop: Callable[[], bool]
) -> Ints:
    """Manager by unit, -1: left out. Nothing is promised about rules and ends."""
    price = np.where(shape.units.may, relaxed.reduced, np.inf)
    held = _most(shape, relaxed.share, price)
    weight = weights(shape)
    large = weight > max(LARGE, 2.0 * float(np.median(weight)))
    divided = relaxed.share.max(axis=0, initial=0.0) < 1.0 - 1e-6
    if not (large & divided).any():
        return held
    chosen = _open(price, divided | large)
    few, given = restricted(shape, chosen, held)
    sizes = {name: goal_size(shape, name) for name in {goal, *ends}}
    left = {k: end - given.get(k, 0) for k, end in ends.items()}
    pool = _near(price[:, chosen], large[chosen]) | (relaxed.share[:, chosen] > 0)

    def solve(pairs: Bools) -> Relaxed | None:
        return None if stop() else solve_pairs(few, sizes, {goal: 1.0}, left, pairs, SECONDS)

    found = solve(pool)
    if found is not None:
        held[chosen] = _most(
            few, _settled(found, pool, weight[chosen], large[chosen], solve), price[:, chosen]
        )
    return held


def _settled(
    found: Relaxed, pool: Bools, weight: Floats, large: Bools, solve: Callable[[Bools], Relaxed | None]
) -> Floats:
    """Shares with the large units whole: the larger half of those still divided at once, while any is; where
    that oversteps a rule, the largest one alone, then without whom it leans to."""
    for _ in range(DIVES):
        top = found.share.max(axis=0, initial=0.0)
        inside = found.share.sum(axis=0) >= 0.5  # the others are left out
        open_ = np.flatnonzero(large & inside & (top < 1.0 - 1e-6))
        if not len(open_):
            break
        order = open_[np.lexsort((open_, -weight[open_]))]
        largest = int(order[0])
        options = [_with(pool, found.share, order[: -(-len(order) // 2)])]
        options += [_with(pool, found.share, order[:1]), _without(pool, found.share, largest)]
        for option in options:
            better = solve(option) if option[:, largest].any() else None
            if better is not None and better.over <= max(1e-6, found.over):
                break
        if better is None:
            break
        found, pool = better, option
    return found.share


def _with(pool: Bools, share: Floats, units: Ints) -> Bools:
    pool = pool.copy()
    pool[:, units] = False
    pool[share[:, units].argmax(axis=0), units] = True
    return pool


def _without(pool: Bools, share: Floats, u: int) -> Bools:
    pool = pool.copy()
    pool[int(share[:, u].argmax()), u] = False
    return pool


def _most(shape: Shape, share: Floats, price: Floats) -> Ints:
    """Every unit to whom the relaxation gives most of it."""
    held: Ints = share.argmax(axis=0).astype(np.int64)
    nobody = share.sum(axis=0) < 0.5
    held[nobody & shape.units.out] = -1
    lost = nobody & ~shape.units.out
    held[lost] = price[:, lost].argmin(axis=0)
    return held


def weights(shape: Shape) -> Floats:
    """The largest load of each unit, in parts of what a manager usually carries."""
    weight = np.zeros(len(shape.units))
    for loads in shape.loads:
        most = np.abs(loads.load if loads.pair is None else loads.pair.max(axis=0))
        weight = np.maximum(weight, most / loads.size)
    return weight


def _open(price: Floats, wanted: Bools) -> Ints:
    two = np.partition(price, min(1, len(price) - 1), axis=0)[: min(2, len(price))]
    gap = np.where(np.isfinite(two[-1]), two[-1] - two[0], np.inf)
    gap[wanted] = -1.0
    order: Ints = np.argsort(gap, kind="stable")[: max(OPEN, int(wanted.sum()))]
    chosen: Ints = np.sort(order[np.isfinite(gap[order])])
    return chosen


def _near(price: Floats, large: Bools) -> Bools:
    each = min(OPTIONS, len(price))
    who = np.argpartition(price, each - 1, axis=0)[:each]
    pool = np.zeros(price.shape, dtype=np.bool_)
    unit = np.broadcast_to(np.arange(price.shape[1]), who.shape)
    pool[who, unit] = True
    pool[:, large] = True
    near: Bools = pool & np.isfinite(price)
    return near
