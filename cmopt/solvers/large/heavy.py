"""The heavy units first: a small MIP gives each to one manager, all others in groups that may be divided.

A heavy unit is wider than what a band leaves free, so an LP that divides it says little of where it should go;
with all heavy ones in their places the LP of the others is nearly whole by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.large.lp import Relaxed, place_pairs
from cmopt.solvers.large.master import Master
from cmopt.solvers.large.rounding import weights
from cmopt.solvers.large.shape import Shape, merged

HEAVY = 0.015  # of what a manager usually carries
EACH = 5  # heavy units a manager, at most
GROUPS = 200  # of the others
PAIRS = 6000  # of the MIP, about
ROOM = 0.005  # of the goal's value: pairs dearer than that are left away


def with_heavy_placed(
    master: Master, goal: str, ends: Mapping[str, int], relaxed: Relaxed, seconds: float
) -> Shape | None:
    """The shape in which every heavy unit is open to one manager only; None where none is divided, or nothing
    is found in time."""
    shape = master.shape
    heavy = _heavy(shape)
    divided = relaxed.share[:, heavy].max(axis=0, initial=0.0) < 1.0 - 1e-6
    if not divided.any():
        return None
    goals = {goal: 1.0}
    coarse = merged(shape, master.alike(goals, heavy, GROUPS))
    found = master.columns(coarse, goals, ends)
    if found is None:
        return None
    whole = np.arange(len(coarse.units)) < len(heavy)
    pool = _near(coarse, found, whole)
    share = place_pairs(coarse, master.sizes, goals, ends, pool, whole, seconds)
    if share is None:
        return None
    may = shape.units.may.copy()
    may[:, heavy] = share[:, : len(heavy)] > 0.5
    may[:, ~may.any(axis=0)] = shape.units.may[:, ~may.any(axis=0)]
    return replace(shape, units=replace(shape.units, may=may))


def heaviest_divided(shape: Shape, relaxed: Relaxed) -> float:
    """The largest load of a unit that the relaxation divides, in parts of what a manager usually carries."""
    divided = relaxed.share.max(axis=0, initial=0.0) < 1.0 - 1e-6
    return float(weights(shape)[divided].max(initial=0.0))


def _heavy(shape: Shape) -> Ints:
    """The heaviest units that more than one manager may hold."""
    weight = weights(shape)
    weight[shape.units.may.sum(axis=0) < 2] = 0.0
    order = np.argsort(-weight, kind="stable")[: EACH * len(shape.units.may)]
    heavy: Ints = np.sort(order[weight[order] > HEAVY])
    return heavy


def _near(shape: Shape, found: Relaxed, whole: Bools) -> Bools:
    price = np.where(shape.units.may, found.reduced, np.inf)
    above = (price - price.min(axis=0)) * found.size
    each = min(len(price), max(2, PAIRS // len(whole)))
    most = np.where(whole, max(1.0, ROOM * abs(found.value)), np.partition(above, each - 1, axis=0)[each - 1])
    near: Bools = np.isfinite(price) & ((above <= most) | (found.share > 0))
    return near
