"""Moves and exchanges of units that the relaxation's prices call nearly indifferent, the best first.

Steepest descent on (what is overstepped) * weight + goal; the weight grows until nothing is overstepped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cmopt.domain.problem import Bools, Ints
from cmopt.solvers.large.bound import Floats
from cmopt.solvers.large.lp import Relaxed
from cmopt.solvers.large.state import Moves, State

MOST_MOVES = 6000  # candidates looked at at once
MOST_SWAPS = 100_000
EACH_WAY = 60  # units that one manager may give another in exchanges looked at
FACTORS = (1.0, 4.0, 16.0, 100.0, 10_000.0)  # of the highest price that the relaxation puts on a rule
STEPS = 2500


def descend(
    state: State,
    goal: str,
    ends: Mapping[str, int],
    relaxed: Relaxed,
    stop: Callable[[], bool],
    factors: tuple[float, ...] = FACTORS,
    steps: int = STEPS,
) -> State:
    """From `state` (changed in place) downhill; what comes out need not keep every rule (see State.over)."""
    for factor in factors:
        weight = factor * max(1.0, relaxed.highest)
        steps = _downhill(state, goal, ends, relaxed.reduced, relaxed.reduced_out, stop, weight, steps)
        if state.over(ends) <= 0 or steps <= 0 or stop():
            break
    return state


def _downhill(
    state: State,
    goal: str,
    ends: Mapping[str, int],
    reduced: Floats,
    reduced_out: Floats,
    stop: Callable[[], bool],
    weight: float,
    steps: int,
) -> int:
    while steps > 0 and not stop():
        taken = 0
        strained = state.strained(ends)
        for among in ([strained] if strained.any() else []) + [np.ones_like(strained)]:
            moves = candidates(state, reduced, reduced_out, among)
            taken = _take_best(state, goal, ends, moves, weight)
            if not taken:
                taken = _take_best(state, goal, ends, exchanges(state, moves), weight)
            if taken:
                break
        if not taken:
            break
        steps -= taken
    return steps


def _take_best(state: State, goal: str, ends: Mapping[str, int], moves: Moves, weight: float) -> int:
    """Take the best moves that touch different managers, as long as each is a gain; how many."""
    if not len(moves):
        return 0
    over, gain = state.changes(moves, goal, ends)
    score = over * weight + gain
    order = np.argsort(score, kind="stable")[:200]
    touched: set[int] = set()
    taken = 0
    worth = _worth(state, goal, ends, weight)
    for k in order.tolist():
        if score[k] >= -1e-9:
            break
        a, b = int(moves.a[k]), int(moves.b[k])
        if a in touched or b in touched:
            continue
        state.take(moves, k)
        now = _worth(state, goal, ends, weight)
        if now >= worth - 1e-9:
            state.give(int(moves.u[k]), a)
            if moves.v[k] >= 0:
                state.give(int(moves.v[k]), b)
            if not taken:
                continue
            break
        worth = now
        touched |= {a, b}
        taken += 1
    return taken


def _worth(state: State, goal: str, ends: Mapping[str, int], weight: float) -> float:
    return state.over(ends) * weight + state.smooth(goal) / state.unit(goal)


def candidates(state: State, reduced: Floats, reduced_out: Floats, among: Bools) -> Moves:
    """The moves that lose least by the prices, of all that eligibility allows from or to managers `among`."""
    n = reduced.shape[1]
    units = np.arange(n)
    held = state.held
    now = np.where(held >= 0, reduced[held, units], reduced_out)
    loss = np.where(state.shape.units.may, reduced - now[None, :], np.inf)
    loss[held[held >= 0], units[held >= 0]] = np.inf
    if not among.all():
        loss[np.ix_(~among, (held < 0) | ~among[held])] = np.inf
    flat = loss.ravel()
    most = min(MOST_MOVES, flat.size)
    best = np.argpartition(flat, most - 1)[:most] if most < flat.size else np.arange(flat.size)
    best = best[np.isfinite(flat[best])]
    best = best[np.argsort(flat[best], kind="stable")]
    b, u = np.divmod(best, n)
    leave = np.flatnonzero(state.shape.units.out & (held >= 0) & (reduced_out - now < loss.min(axis=0)))
    u = np.concatenate([u, leave])
    b = np.concatenate([b, np.full(len(leave), -1)])
    return Moves(u, held[u], b, np.full(len(u), -1))


def exchanges(state: State, moves: Moves) -> Moves:
    """Pairs of those moves that go opposite ways between two managers, the first of each pair of managers."""
    m = len(state.shape.problem.managers)
    inside = np.flatnonzero((moves.a >= 0) & (moves.b >= 0))
    u, a, b = moves.u[inside], moves.a[inside], moves.b[inside]
    key = a * m + b
    order = np.argsort(key, kind="stable")  # within a key the moves stay in the order of their losses
    keys, starts = np.unique(key[order], return_index=True)
    ends = [*starts[1:].tolist(), len(order)][: len(starts)]  # none where nothing moves
    at = {k: order[s:e][:EACH_WAY] for k, s, e in zip(keys.tolist(), starts.tolist(), ends, strict=True)}
    first: list[Ints] = []
    second: list[Ints] = []
    for k, there in at.items():
        i, j = divmod(k, m)
        back = at.get(j * m + i)
        if i < j and back is not None:
            first.append(np.repeat(there, len(back)))
            second.append(np.tile(back, len(there)))
    if not first:
        nothing = np.zeros(0, dtype=np.int64)
        return Moves(nothing, nothing, nothing, nothing)
    one, two = np.concatenate(first)[:MOST_SWAPS], np.concatenate(second)[:MOST_SWAPS]
    return Moves(u[one], a[one], b[one], u[two])
