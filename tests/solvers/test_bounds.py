"""A bound is a whole number, whatever the double that the solver reports it in."""

from __future__ import annotations

from itertools import product
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from ortools.sat.python import cp_model

from cmopt.domain.progress import NullProgress
from cmopt.solvers.cpsat.run import Ending, exact_bound, run, run_once


def knapsack(rng: Random, size: int) -> tuple[cp_model.CpModel, list[Any], list[int], list[int], int]:
    """Boolean variables, at least some weight to be taken: the model, weights, coefficients, offset."""
    n = rng.randint(3, 9)
    cp = cp_model.CpModel()
    x = [cp.new_bool_var(f"x{k}") for k in range(n)]
    weights = [rng.randint(1, 9) for _ in range(n)]
    cp.add(sum(w * v for w, v in zip(weights, x, strict=True)) >= sum(weights) // 2)
    cp.add(sum(w * v for w, v in zip(weights, x, strict=True)) <= 3 * sum(weights) // 4)
    unit = rng.choice([1, 1, 3, 1000])
    figures = [unit * (rng.randint(-size, size) // unit) for _ in range(n)]
    offset = rng.choice([0, 1, -1, rng.randint(-(2**52), 2**52) | 1])
    return cp, x, weights, figures, offset


@pytest.mark.parametrize("size", [10, 2**30, 2**49, 2**50])
def test_the_bound_of_an_optimum_is_the_optimum(size: int) -> None:
    """Against every choice there is; near 2^50 with odd offsets a double is off by more than one half."""
    solved = 0
    for seed in range(40):
        rng = Random(seed)
        cp, x, weights, figures, offset = knapsack(rng, size)
        minimise = rng.random() < 0.5
        expr = cp_model.LinearExpr.weighted_sum(x, figures) + offset
        (cp.minimize if minimise else cp.maximize)(expr)
        taken = [
            sum(f * t for f, t in zip(figures, chosen, strict=True)) + offset
            for chosen in product((0, 1), repeat=len(x))
            if sum(weights) // 2
            <= sum(w * t for w, t in zip(weights, chosen, strict=True))
            <= 3 * sum(weights) // 4
        ]
        solve = run(cp, 20.0, NullProgress(), minimise)
        if not taken:
            assert solve.ending is Ending.INFEASIBLE
            continue
        assert solve.ending is Ending.OPTIMAL
        assert solve.bound == (min(taken) if minimise else max(taken)), seed
        solved += 1
    assert solved > 30


def test_a_search_cut_short_says_no_more_than_it_knows() -> None:
    """A bound below (above) the optimum of a search that was stopped, odd offset and all."""
    said = 0
    for seed in range(24):
        rng = Random(seed)
        cp = cp_model.CpModel()
        x = [cp.new_bool_var(f"x{k}") for k in range(60)]
        figures = [rng.randint(2**40, 2**44) for _ in x]
        for _ in range(8):
            cp.add(sum(rng.randint(1, 50) * v for v in x) >= 700)
        offset = rng.randint(0, 2**50) | 1
        cp.minimize(cp_model.LinearExpr.weighted_sum(x, figures) + offset)
        short = run_once(cp, 20.0, NullProgress(), {"linearization_level": 1}, effort=0.01)
        whole = run(cp, 20.0, NullProgress(), True)
        assert whole.bound is not None
        if short.bound is not None:
            assert short.bound <= whole.bound
            said += short.ending is Ending.FEASIBLE
    assert said > 2


def test_nothing_known_is_none() -> None:
    cp = cp_model.CpModel()
    x = cp.new_int_var(0, 5, "x")
    assert run(cp, 5.0, NullProgress(), True).bound is None  # no objective
    cp.minimize(x + 2**60)
    assert run(cp, 5.0, NullProgress(), True).bound is None  # an offset that a double does not hold
    lowest = SimpleNamespace(response_proto=SimpleNamespace(inner_objective_lower_bound=-(2**63)))
    cp.minimize(x)
    assert exact_bound(lowest, cp, True) is None  # type: ignore[arg-type]
