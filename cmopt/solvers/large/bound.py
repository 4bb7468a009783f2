"""A goal's bound from multipliers, counted in whole numbers: models/README.md, "Bounds from duals".

Whatever the multipliers are, the bound is true; `admitted` makes whole ones of an LP's duals so that no
variable without an upper end has a price below 0.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cmopt.domain.book_result import Duals
from cmopt.domain.goals import SENSE
from cmopt.domain.problem import Bools
from cmopt.solvers.large.shape import Shape

Floats = NDArray[np.float64]
SAFE = 2.0**60
NARROW = 1e-11  # of the size of the figures: floats are surely not farther off


def count(shape: Shape, goal: str, y: Mapping[str, int], scale: int, ends: Mapping[str, int]) -> Duals:
    """The bound of the goal for admitted multipliers, in the goal's own sense, and what it was counted from."""
    total = lagrangian(shape, goal, y, scale, ends)
    step = shape.steps(goal)
    least = step * -(-total // (scale * step))
    bound = least if SENSE[goal] == "min" else -least
    return Duals(goal, bound, scale, {k: v for k, v in sorted(y.items()) if v}, dict(ends))


def lagrangian(
    shape: Shape, goal: str | None, y: Mapping[str, int], scale: int, ends: Mapping[str, int]
) -> int:
    """`scale` times the goal (None: nothing at all) is at least this."""
    prices, total = _prices(shape, y, goal, ends)
    sums = _sums(shape, goal, y, scale)
    for name in ends:
        total -= y.get(f"goal:{name}", 0) * ends[name]
    return total + _least_of_units(shape, prices, sums)


def remaining(
    shape: Shape, goal: str, y: Mapping[str, int], scale: int, ends: Mapping[str, int], value: int
) -> Bools:
    """Which pairs a division may have whose goal, in minimised form, is `value` at most (H. Crowder et al.,
    Operations Research 31, 1983): by the multipliers any other pair alone costs more."""
    slack = scale * value - lagrangian(shape, goal, y, scale, ends)
    prices, _ = _prices(shape, y, goal, ends)
    floats = [np.array(p, dtype=np.float64) for p in prices]
    on, out, size = priced(shape, floats, {k: float(v) for k, v in _sums(shape, goal, y, scale).items()})
    least = np.where(shape.units.may, on, np.inf).min(axis=0, initial=np.inf)
    least = np.minimum(least, np.where(shape.units.out, out, np.inf))
    beyond = slack * (1 + 1e-9) + 2 * NARROW * size + 1.0
    return np.asarray(shape.units.may & (on - least <= beyond))


def _prices(
    shape: Shape, y: Mapping[str, int], goal: str | None, ends: Mapping[str, int]
) -> tuple[list[list[int]], int]:
    """(by loads and manager what a unit of load costs, what bases and right-hand sides bring in)."""
    m = len(shape.problem.managers)
    prices = [[0] * m for _ in shape.loads]
    every = [0] * len(shape.loads)
    total = 0
    for row in shape.rows:
        value = y.get(row.name, 0)
        if not value:
            continue
        every[row.loads] += value * row.every
        for i, weight in row.weights.items():
            prices[row.loads][i] += value * weight
        total -= value * _end(row.name, row.end, goal, ends)
    for at, loads in enumerate(shape.loads):
        members = np.flatnonzero(loads.member).tolist()
        for i in members:
            prices[at][i] += every[at]
            total += prices[at][i] * int(loads.base[i])
    return prices, total


def _end(name: str, end: int, goal: str | None, ends: Mapping[str, int]) -> int:
    """The right-hand side of a row: of a locked leximin or leximax the goal's end."""
    if name.startswith("total:"):
        of = name.split(":", 2)[1]
        return 0 if of == goal else ends[of]
    return end


def _sums(shape: Shape, goal: str | None, y: Mapping[str, int], scale: int) -> dict[str, int]:
    """Which sums over units count, and how much."""
    found = {k: y[f"goal:{k}"] for k in shape.sums if y.get(f"goal:{k}", 0)}
    if goal in shape.sums:
        assert goal is not None
        found[goal] = found.get(goal, 0) + scale
    return found


def priced(shape: Shape, prices: list[Floats], sums: Mapping[str, float]) -> tuple[Floats, Floats, Floats]:
    """(by manager and unit the price in floats, of being left out, the size of the figures by unit)."""
    m, n = len(shape.problem.managers), len(shape.units)
    on, out, size = np.zeros((m, n)), np.zeros(n), np.zeros(n)
    for name, weight in sums.items():
        s = shape.sums[name]
        on += weight * s.on
        out += weight * s.out
        size += abs(weight) * np.maximum(np.abs(s.on).max(axis=0, initial=0), np.abs(s.out))
    for loads, price in zip(shape.loads, prices, strict=True):
        if price.any():
            every = loads.load[None, :] if loads.pair is None else loads.pair
            on += (price * loads.member)[:, None] * every
            size += np.abs(price).max() * np.abs(every).max(axis=0, initial=0)
    return on, out, size


def _least_of_units(shape: Shape, prices: list[list[int]], sums: Mapping[str, int]) -> int:
    """The sum over units of the least price. Floats say which few it can be, whole numbers which it is."""
    on, out, size = priced(
        shape, [np.array(p, dtype=np.float64) for p in prices], {k: float(v) for k, v in sums.items()}
    )
    may, may_out = shape.units.may, shape.units.out
    on = np.where(may, on, np.inf)
    out = np.where(may_out, out, np.inf)
    least = np.minimum(on.min(axis=0, initial=np.inf), out)
    if np.isinf(least).any():
        raise ValueError("a unit that nobody may hold and that must not be left out")
    if float(size.max(initial=0.0)) * (len(prices) + len(sums) + 1) < SAFE:
        return _least_in_int64(shape, prices, sums)
    near = least + NARROW * size
    who, unit = np.nonzero(on <= near[None, :])
    exact: list[int | None] = [None] * len(least)
    weights = [(shape.sums[k], v) for k, v in sums.items()]
    used = [(lo, p) for lo, p in zip(shape.loads, prices, strict=True) if any(p)]
    figures = [[0] * len(who)]
    for s, v in weights:
        figures.append([v * c for c in s.on[who, unit].tolist()])
    for loads, p in used:
        figures.append([p[i] * w for i, w in zip(who.tolist(), loads.on(who, unit).tolist(), strict=True)])
    for u, *values in zip(unit.tolist(), *figures, strict=True):
        value = sum(values)
        known = exact[u]
        exact[u] = value if known is None or value < known else known
    for u in np.flatnonzero(out <= near).tolist():
        value = sum(v * int(s.out[u]) for s, v in weights)
        known = exact[u]
        exact[u] = value if known is None or value < known else known
    return sum(v for v in exact if v is not None)


def _least_in_int64(shape: Shape, prices: list[list[int]], sums: Mapping[str, int]) -> int:
    """The same where no figure is too large for the machine's whole numbers."""
    on = np.zeros(shape.units.may.shape, dtype=np.int64)
    out = np.zeros(len(shape.units), dtype=np.int64)
    for name, weight in sums.items():
        on += weight * shape.sums[name].on
        out += weight * shape.sums[name].out
    for loads, price in zip(shape.loads, prices, strict=True):
        if any(price):
            every = loads.load[None, :] if loads.pair is None else loads.pair
            on += (np.array(price, dtype=np.int64) * loads.member)[:, None] * every
    never = np.int64(2**62)
    least = np.minimum(
        np.where(shape.units.may, on, never).min(axis=0, initial=never), np.where(shape.units.out, out, never)
    )
    return sum(least.tolist())


# --- whole multipliers from an LP's ------------------------------------------------------------------


def scale_for(shape: Shape, duals: Mapping[str, float]) -> int:
    """A power of two by which rounding the multipliers moves the bound by a millionth at most."""
    m = len(shape.problem.managers)
    moved = 2 * m
    for row in shape.rows:
        if duals.get(row.name, 0.0) > 0:
            weight = max((abs(v) for v in row.weights.values()), default=1) + abs(row.every)
            moved += weight * shape.loads[row.loads].size * m
    for name, s in shape.sums.items():
        if duals.get(f"goal:{name}", 0.0) > 0:
            moved += int(np.abs(s.on).max(axis=0, initial=0).sum()) + int(np.abs(s.out).sum())
    return 1 << (1_000_000 * moved).bit_length()


def admitted(
    shape: Shape, goal: str, duals: Mapping[str, float], scale: int, ends: Mapping[str, int]
) -> dict[str, int]:
    """Whole multipliers of at least 0 that keep every condition, as near to duals * scale as that allows."""
    y = {k: round(v * scale) for k, v in duals.items() if v > 0 and round(v * scale) > 0}
    _raise_ended(shape, y, ends)
    for row in shape.rows:
        value = y.get(row.name, 0)
        if value and row.price is not None:
            whole = scale if goal == row.goal else y.get(f"goal:{row.goal}", 0)
            y[row.name] = min(value, row.price * whole // row.factor)
    _even_spans(shape, y, scale if goal == "balance" else y.get("goal:balance", 0))
    for name in shape.totals:
        if name == goal:
            _to_one(shape, name, y, scale)
        elif name not in ends:
            for row in shape.rows:
                if row.name.startswith(f"total:{name}:"):
                    y.pop(row.name, None)
    _outweigh(shape, goal, y, scale, ends)
    return {k: v for k, v in y.items() if v}


def _raise_ended(shape: Shape, y: dict[str, int], ends: Mapping[str, int]) -> None:
    """Where no penalty, or no spread, is allowed any more, its price may be as high as its rows need."""
    if ends.get("penalty") == 0:
        needed = [-(-y.get(r.name, 0) * r.factor // r.price) for r in shape.rows if r.price is not None]
        y["goal:penalty"] = max(needed, default=0)
    if ends.get("balance") == 0:
        sums = [
            -(-sum(v for k, v in y.items() if k.startswith(f"high:{s.name}:")) * s.scale // s.weight)
            for s in shape.spans
            if s.weight
        ]
        y["goal:balance"] = max(sums, default=0)


def _even_spans(shape: Shape, y: dict[str, int], whole: int) -> None:
    """The multipliers `high` and `low` of a spread add up to the same, and to no more than its weight pays."""
    for span in shape.spans:
        most = span.weight * whole // span.scale
        sides = []
        for side in ("high", "low"):
            start = f"{side}:{span.name}:"
            sides.append([r.name for r in shape.rows if r.name.startswith(start)])
        sums = [sum(y.get(k, 0) for k in names) for names in sides]
        allowed = min(most, *sums)
        for names, have in zip(sides, sums, strict=True):
            _lower(y, names, have - allowed)


def _lower(y: dict[str, int], names: list[str], by: int) -> None:
    """Take `by` away in all, each in proportion, what rounding leaves from the largest."""
    have = sum(y.get(k, 0) for k in names)
    if by <= 0 or not have:
        return
    for k in names:
        y[k] = y.get(k, 0) - -(-y.get(k, 0) * by // have)
    short = have - by - sum(y[k] for k in names)
    largest = max(names, key=lambda k: (y[k], k))
    y[largest] += short
    for k in names:
        y[k] = max(0, y[k])


def _to_one(shape: Shape, goal: str, y: dict[str, int], scale: int) -> None:
    """The multipliers of the totals of the goal itself add up to the scale."""
    names = [r.name for r in shape.rows if r.name.startswith(f"total:{goal}:")]
    have = sum(y.get(k, 0) for k in names)
    if not have:
        for k in names:
            y[k] = scale // len(names)
        have = sum(y[k] for k in names)
    if have > scale:
        _lower(y, names, have - scale)
    else:
        largest = max(names, key=lambda k: (y.get(k, 0), k))
        y[largest] = y.get(largest, 0) + scale - have


def _outweigh(shape: Shape, goal: str, y: dict[str, int], scale: int, ends: Mapping[str, int]) -> None:
    """Where no account may be left out any more, coverage gets the price at which nobody leaves one out."""
    if goal == "coverage" or ends.get("coverage") != 0:
        return
    y.pop("goal:coverage", None)
    prices, _ = _prices(shape, y, goal, ends)
    on, out, size = priced(
        shape,
        [np.array(p, dtype=np.float64) for p in prices],
        {k: float(v) for k, v in _sums(shape, goal, y, scale).items()},
    )
    least = np.where(shape.units.may, on, np.inf).min(axis=0, initial=np.inf)
    gap = np.where(shape.units.out, least - out + NARROW * size, -np.inf)
    if gap.max(initial=0.0) > 0 and np.isfinite(gap.max()):
        y["goal:coverage"] = int(np.ceil(gap.max() * (1 + 1e-9))) + 1
