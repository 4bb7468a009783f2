"""Every rule and goal of the wider problem: random small problems against every division there is, and what
holds of any of them: an added rule improves nothing, both fixings of a pair, recounted values."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest
from wider_problems import divisions, enumerate_best, wider_problem

from cmopt.domain.goals import Goal
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem, Spread, Totals
from cmopt.domain.result import SENSE, Result, Status
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat import CpSat, is_feasible, run
from cmopt.solvers.cpsat.model import backups_in_order
from cmopt.solvers.cpsat.run import Ending
from cmopt.solvers.greedy import Greedy, greedy_holders
from cmopt.solvers.score import cost, score


def solve(problem: Problem) -> Result:
    return CpSat().solve(problem, Limits(None))


def costs(result: Result) -> list[tuple[int, ...]]:
    """What each goal counts, to be minimised."""
    found = []
    for goal in result.goals:
        assert goal.value is not None
        sign = 1 if SENSE[goal.name] == "min" else -1
        found.append(tuple(sign * v for v in goal.levels or (goal.value,)))
    return found


def optimum(result: Result) -> int:
    """The first goal's proven optimum, to be minimised (its value may be worse by the tolerance)."""
    first = result.goals[0]
    assert first.bound is not None
    return first.bound if SENSE[first.name] == "min" else -first.bound


@pytest.mark.parametrize("part", range(10))
def test_agrees_with_every_division(part: int) -> None:
    solved = 0
    for seed in range(25 * part, 25 * part + 25):
        problem = wider_problem(Random(seed))
        result, best = solve(problem), enumerate_best(problem)
        assert is_feasible(problem) == (best is not None)
        if best is None:
            assert (result.status, result.allocation) == (Status.INFEASIBLE, None)
            continue
        solved += 1
        bounds, left = best
        assert result.status is Status.OPTIMAL
        sign = [1 if SENSE[g.name] == "min" else -1 for g in result.goals]
        assert [s * (g.bound or 0) for s, g in zip(sign, result.goals, strict=True)] == [b[0] for b in bounds]
        assert result.allocation in [problem.allocation(h) for h in left], seed
        for goal, found, bound in zip(result.goals, costs(result), bounds, strict=True):
            if goal.levels is not None:
                assert found == bound
    assert solved > 10


def test_greedy_keeps_what_it_says() -> None:
    """It hands out nothing that breaks a rule, and finds a division in nine cases of ten that have one."""
    with_one = found = 0
    for seed in range(200):
        problem = wider_problem(Random(seed))
        with_one += bool(divisions(problem))
        result = Greedy().solve(problem, Limits(None))
        if result.allocation is not None:
            found += 1
            holders = greedy_holders(problem)
            assert not broken(problem, holders)
            assert {g.name: g.value for g in result.goals} == score(problem, holders)
    assert found > 0.9 * with_one


def test_an_added_limit_never_improves_the_first_goal() -> None:
    """F64."""
    tried = 0
    for seed in range(60):
        problem = wider_problem(Random(seed))
        without = problem.replace(limits=tuple(m for m in problem.limits if m.price is not None))
        if without.limits != problem.limits and solve(problem).allocation is not None:
            assert optimum(solve(without)) <= optimum(solve(problem))
            tried += 1
    assert tried > 5


def test_the_better_of_both_fixings_of_a_pair_is_the_whole() -> None:
    """F65: manager 0 holds the account of place 0, or may not."""
    for seed in range(25):
        problem = wider_problem(Random(seed))
        whole = solve(problem)
        barred = problem.eligible.copy()
        barred[0, list(problem.places.get(0, (0,)))] = False
        keeper = tuple(k if k is None or barred[k, j] else None for j, k in enumerate(problem.keeper))
        parts = [
            solve(problem.replace(pins=(*problem.pins, (0, 0)))),
            solve(problem.replace(eligible=barred, keeper=keeper)),
        ]
        found = [optimum(p) for p in parts if p.allocation is not None]
        if problem.keep_is_rule and problem.keeper[0] == 0:
            continue
        assert (whole.allocation is None) == (not found)
        if found and problem.goals[0].name not in ("continuity", "merit"):
            assert min(found) == optimum(whole)


def test_steps_far_smaller_than_the_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loads in millions, a scale of 7: a spread counts a number as large as itself, and is found at once, not
    step by step."""
    endings: list[Ending] = []
    turn = run._turn

    def watched(*args: Any) -> Any:
        solve = turn(*args)
        endings.append(solve.ending)
        return solve

    monkeypatch.setattr(run, "_turn", watched)
    large = Spread("t1", "m1", 2, 7, (0, 3), (0, 5), (2_000_000, 1_500_000, 1_000_000, 2_500_000))
    pair = {(0, 2): 3_500_000, (0, 3): 3_500_000}
    problem = wider_problem(Random(1)).replace(
        managers=("S0", "S1", "S2", "S3"),
        accounts=("C0", "C0", "C1", "C1"),
        same=((0, 1), (2, 3)),
        tier=("b", "a", "b", "b"),
        segment=("s",) * 4,
        rank=(1, 2, 3, 4),
        balance=(2_000_000, 0, 5_000_000, 0),
        level=(0,) * 4,
        incumbent=(None, None, 3, None),
        keeper=(None, None, 3, None),
        keep_is_rule=False,
        eligible=np.ones((4, 4), dtype=np.bool_),
        outside=np.zeros((4, 4), dtype=np.bool_),
        draw=np.arange(16).reshape(4, 4) ** 3,
        pins=((2, 0), (0, 2)),
        caps=(),
        limits=(),
        teams=(),
        spreads=(Spread("t0", "m0", 2, 7, (0,), (1,), (3, 1, 0, 4)), replace(large, pair=pair)),
        resolution=1,
        totals={"leximin": Totals((0, 1, 2, 3), (0, 10, 3, 3), (0, 6, 2, 6), {}, 4)},
        goals=(
            Goal(name="continuity", tolerance="2000000"),
            Goal(name="leximin", measure="load"),
            Goal(name="balance"),
            Goal(name="draw"),
        ),
    )
    best, result = enumerate_best(problem), solve(problem)
    assert best is not None
    assert costs(result) == best[0]
    assert len(endings) > 2
    assert set(endings) == {Ending.OPTIMAL}


def test_hints_are_complete_and_kept() -> None:
    """Every variable of the model gets a value, and all values together keep every constraint."""
    from ortools.sat.python import cp_model

    from cmopt.solvers.cpsat import solver
    from cmopt.solvers.cpsat.goals import express
    from cmopt.solvers.cpsat.model import DivisionModel

    checked = 0
    for seed in range(40):
        problem = wider_problem(Random(seed))
        kept = divisions(problem)
        if not kept:
            continue
        model = DivisionModel.of(problem)
        solver.add_rules(model)
        for goal in problem.goals:
            if goal.name not in problem.totals:
                express(model, goal.name)
        model.hint(Random(seed).choice(kept))
        assert len(model.cp.proto.solution_hint.vars) == len(model.cp.proto.variables)
        cp = cp_model.CpSolver()
        cp.parameters.fix_variables_to_their_hinted_value = True
        assert cp.solve(model.cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE), seed
        checked += 1
    assert checked > 20


def test_backups_stand_in_one_order() -> None:
    problem = wider_problem(Random(3), same=((0, 1, 2),))
    assert backups_in_order(problem, [3, 2, 0, *[None] * (len(problem.accounts) - 3)])[:3] == [3, 0, 2]


def test_no_time_leaves_the_start_with_bounds_that_hold() -> None:
    for seed in range(40):
        problem = wider_problem(Random(seed))
        best, result = enumerate_best(problem), CpSat().solve(problem, Limits(0.0))
        if result.allocation is None or best is None:
            continue
        for goal, found, bound in zip(result.goals, costs(result), best[0], strict=True):
            sign = 1 if SENSE[goal.name] == "min" else -1
            assert goal.bound is None or sign * goal.bound <= bound[0]
            if found != bound:
                assert not goal.proven
                break
        assert costs(result) == [cost(problem, g.name, greedy_holders(problem)) for g in problem.goals]
