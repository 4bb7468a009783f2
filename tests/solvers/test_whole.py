"""The search among all pairs: what the multipliers rule out is ruled out, and what it proves is true."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from large_books import book

from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress
from cmopt.solvers.broken import broken
from cmopt.solvers.large import solve_large
from cmopt.solvers.large.bound import admitted, count, remaining, scale_for
from cmopt.solvers.large.master import Master
from cmopt.solvers.large.shape import Shape
from cmopt.solvers.large.state import State
from cmopt.solvers.large.whole import BEFORE, search_whole
from cmopt.solvers.score import COUNT

GOALS = ("coverage", "penalty", "handovers", "balance")


@pytest.mark.parametrize("seed", range(6))
def test_no_division_beats_what_is_proven_of_lumpy_books(seed: int) -> None:
    problem = book(6 + seed % 2, 3, seed, GOALS, within=1000, largest=2.0, tail=0.8)
    found = solve_large(problem, Limits(20), NullProgress(), gap=0)
    every = [list(h) for h in product(range(3), repeat=len(problem.accounts)) if not broken(problem, h)]
    for goal, duals in zip(found.result.goals, found.duals, strict=True):
        assert goal.bound == (duals.bound if duals.searched is None else duals.searched)
        values = [COUNT[goal.name](problem, h) for h in every]
        assert goal.bound == goal.value == min(values)
        every = [h for h, v in zip(every, values, strict=True) if v == goal.value]


@pytest.mark.parametrize("seed", range(3))
def test_a_better_division_has_only_pairs_that_are_left(seed: int) -> None:
    problem = book(7, 2, seed, GOALS, within=1500, largest=1.0)
    shape = Shape.of(problem)
    every = [list(h) for h in product(range(2), repeat=7)]
    penalty = [COUNT["penalty"](problem, h) for h in every]
    ends = {"coverage": 0, "penalty": sorted(penalty)[20]}
    relaxed = Master(shape).solve({"handovers": 1.0}, ends)
    assert relaxed is not None
    scale = scale_for(shape, relaxed.duals)
    y = admitted(shape, "handovers", relaxed.duals, scale, ends)
    kept = [h for h, p in zip(every, penalty, strict=True) if p <= ends["penalty"]]
    values = [COUNT["handovers"](problem, h) for h in kept]
    for value in sorted(set(values)):
        pairs = remaining(shape, "handovers", y, scale, ends, value)
        for holders in (h for h, v in zip(kept, values, strict=True) if v <= value):
            assert pairs[holders, np.arange(7)].all()
    # A value that no division can have leaves no pair.
    assert not remaining(shape, "handovers", y, scale, ends, -1).any()


def test_heavy_clients_are_what_multipliers_do_not_see() -> None:
    problem = book(24, 4, 1, GOALS[:2], within=1000, largest=1.5, tail=0.8)
    found = solve_large(problem, Limits(30), NullProgress())
    penalty, duals = found.result.goals[1], found.duals[1]
    assert penalty.proven and duals.searched == penalty.bound > duals.bound


def test_where_a_mean_moves_nothing_is_proven_by_search() -> None:
    problem = book(12, 3, 2, GOALS, within=1000, largest=1.0)
    shape = Shape.of(problem)
    held = np.arange(12) % 3
    easy = count(shape, "penalty", {}, 1, {})
    ends = {"coverage": 0}
    assert search_whole(
        State(shape, held), "penalty", ends, easy, 0, BEFORE, lambda: 9.0, NullProgress()
    ).bound
    limit = problem.limits[0]
    fields = {f: getattr(limit, f) for f in limit.__slots__} | {"pair": {(0, 0): 1}}
    other = Shape.of(problem.replace(limits=(limit.__class__(**fields), *problem.limits[1:])))
    for moving, told in ((other, ends), (shape, {})):
        state = State(moving, held)
        found = search_whole(state, "penalty", told, easy, 0, BEFORE, lambda: 9.0, NullProgress())
        assert found.bound is None and found.state is state
