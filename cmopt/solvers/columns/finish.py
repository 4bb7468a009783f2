"""The best division of a small assignment, exactly: bundles close to the bound, put together from both ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmopt.domain.problem import Ints
from cmopt.solvers.columns.assignment import Assignment
from cmopt.solvers.columns.cover import TooMany, least_cover
from cmopt.solvers.columns.master import Priced
from cmopt.solvers.columns.near import Bundles, NearBest, near_best

FIRST, WIDER = 1.0, 1.6  # excess above the bound in steps: at first, and how much more each time


@dataclass(frozen=True)
class Finish:
    """held: the best division, None where none was found. settled: there is none better below the end."""

    held: Ints | None
    settled: bool


def finish(assignment: Assignment, priced: Priced, end: int, bundles: int, combinations: int) -> Finish:
    """The best division whose cost is below `end`, searched within growing excess above the bound until one is
    found, none can be left, or it takes more bundles (of a manager) or combinations than allowed."""
    scale = assignment.scale
    room = (end - 1) * scale - priced.lower
    if room < 0:
        return Finish(None, True)
    tables = near_best(assignment, priced.y)
    excess = min(room, int(FIRST * scale) * assignment.step)
    while True:
        choices = _choices(tables, excess, bundles)
        if choices is None:
            return Finish(None, False)
        try:
            chosen = least_cover(choices, assignment.shape[1], excess, combinations)
        except TooMany:
            return Finish(None, False)
        if chosen is not None:
            held = np.zeros(assignment.shape[1], dtype=np.int64)
            for i, (choice, b) in enumerate(zip(choices, chosen, strict=True)):
                held[choice.members(b)] = i
            return Finish(held, True)
        if excess >= room:
            return Finish(None, True)
        excess = min(room, int(excess * WIDER))


def _choices(tables: list[NearBest], excess: int, most: int) -> list[Bundles] | None:
    found = []
    for table in tables:
        bundles = table.within(excess, most)
        if bundles is None:
            return None
        found.append(bundles)
    return found
