"""CP-SAT on all pairs that a better division may have: where these are few it finds the best one and proves it.

A bound that comes out is the search's own: nobody can count it again from multipliers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cmopt.domain.book_result import Duals
from cmopt.domain.progress import Progress
from cmopt.solvers.cpsat.run import Ending
from cmopt.solvers.large.bound import remaining
from cmopt.solvers.large.part import solve_part
from cmopt.solvers.large.shape import Shape
from cmopt.solvers.large.state import State

# Single heavy clients are what cuts see: in the demo's parts they prove in 0.1 s what takes 25 s without.
_CUTS: dict[str, Any] = {"linearization_level": 2, "cp_model_probing_level": 0, "cut_level": 1}
_PROBED: dict[str, Any] = {"linearization_level": 2, "cp_model_probing_level": 2, "cut_level": 1}
_TREE: dict[str, Any] = {**_CUTS, "optimize_with_lb_tree_search": True}
_LIGHT: dict[str, Any] = {"linearization_level": 1, "cp_model_probing_level": 2, "cut_level": 1}
WHOLE = 10_000  # hundredths of a per cent


@dataclass(frozen=True)
class Turn:
    """CP-SAT once: its parameters, its effort (deterministic), for how many pairs at most (and more than)."""

    parameters: Mapping[str, Any]
    effort: float
    pairs: int
    above: int = 0


# Each of these is sometimes many times faster than another.
BEFORE = (Turn(_CUTS, 1.0, 10_000),)
AFTER = (
    Turn(_PROBED, 1.0, 8000),
    Turn(_TREE, 0.7, 1000),
    Turn({**_CUTS, "random_seed": 2}, 1.5, 1000),
    Turn(_LIGHT, 1.0, 50_000, 8000),
)


@dataclass(frozen=True)
class Searched:
    """The best division (the given one where none was better), and what no division beats, in minimised form;
    None where nothing more is known."""

    state: State
    bound: int | None


def search_whole(
    state: State,
    goal: str,
    ends: Mapping[str, int],
    duals: Duals,
    gap: int,
    turns: Sequence[Turn],
    left: Callable[[], float],
    progress: Progress,
) -> Searched:
    """From `state`, which keeps every rule and end, to a division within `gap` hundredths of a per cent of the
    bound, turn by turn while time is `left`. Nothing is done where too many pairs remain, or where the mean of
    a band moves with who holds what."""
    known: int | None = None
    if _still(state.shape, ends):
        for turn in turns:
            if left() <= 0 or progress.stop_asked():
                break
            value = state.value(goal)
            if known is not None and value <= known + gap * abs(known) // WHOLE:
                break
            found = _search(state, goal, ends, duals, gap, turn, left(), progress)
            state = found.state
            if found.bound is not None:
                known = found.bound if known is None else max(known, found.bound)
    return Searched(state, known)


def _search(
    state: State,
    goal: str,
    ends: Mapping[str, int],
    duals: Duals,
    gap: int,
    turn: Turn,
    seconds: float,
    progress: Progress,
) -> Searched:
    shape, value = state.shape, state.value(goal)
    free = remaining(shape, goal, duals.rows, duals.scale, ends, value - shape.steps(goal))
    inside = np.flatnonzero(state.held >= 0)
    free[state.held[inside], inside] = True
    if not turn.above < int(free.sum()) <= turn.pairs:
        return Searched(state, None)
    parameters = {**turn.parameters, "relative_gap_limit": gap / (WHOLE + gap)}
    divided = solve_part(state, goal, ends, free, parameters, turn.effort, seconds, progress)
    found = state if divided.held is None else State(shape, divided.held)
    if found.over(ends) > 0 or found.value(goal) > value:
        found = state
    # The division in hand is among those looked at: no true bound is above it. What was left away is no better.
    bound = divided.bound
    if divided.ending is Ending.INFEASIBLE or (bound is not None and bound > found.value(goal)):
        bound = None
    return Searched(found, bound)


def _still(shape: Shape, ends: Mapping[str, int]) -> bool:
    """Whether nobody can be left out besides those whom nobody may hold, and every mean stands still."""
    may, out = shape.units.may, shape.units.out
    open_ = may.any(axis=0)
    if (open_ & out).any():
        coverage = shape.sums.get("coverage")
        if coverage is None or ends.get("coverage") != int(coverage.out[~open_].sum()):
            return False
    every = np.arange(len(shape.units))
    for group in shape.groups:
        if group.within is None:
            continue
        loads = shape.loads[group.loads]
        inside = np.array([loads.on(np.full(len(every), i), every) for i in range(len(may))])
        inside[group.unit_of < 0] = 0
        most = np.where(may, inside, -1).max(axis=0, initial=-1)
        least = np.where(may, inside, 2**62).min(axis=0, initial=2**62)
        if (open_ & (most != least)).any():
            return False
    return True
