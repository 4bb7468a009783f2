"""The large solver beside the exact one, its bounds by brute force, its rules and its sameness."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from large_books import book

from cmopt.domain.goals import SENSE, Goal
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Cap, Problem
from cmopt.domain.progress import NullProgress
from cmopt.domain.result import Status
from cmopt.errors import InputError
from cmopt.solvers.broken import broken
from cmopt.solvers.choose import choose_for, choose_solver
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.large import Large, solve_large, unsupported
from cmopt.solvers.large.bound import admitted, count
from cmopt.solvers.large.shape import Shape
from cmopt.solvers.score import COUNT

GOALS = ("coverage", "penalty", "handovers")


def solved(problem: Problem, seconds: float = 20.0):  # type: ignore[no-untyped-def]
    return solve_large(problem, Limits(seconds), NullProgress())


@pytest.mark.parametrize("seed", range(4))
def test_bound_and_value_stand_around_the_proven_optimum(seed: int) -> None:
    problem = book(24, 3, seed, GOALS, within=1500, largest=0.2)
    exact = CpSat().solve(problem, Limits(30))
    found = solved(problem)
    assert found.holders is not None and not broken(problem, found.holders)
    for mine, other in zip(found.result.goals, exact.goals, strict=True):
        if not other.proven or mine.value != other.value:
            break
        assert mine.bound is not None and mine.bound <= other.value <= mine.value
    first = next((a, b) for a, b in zip(found.result.goals, exact.goals, strict=True) if a.name == "penalty")
    assert first[0].value >= first[1].value >= first[0].bound


@pytest.mark.parametrize("seed", range(2))
def test_a_branch_is_near_its_bound_with_its_bands_kept(seed: int) -> None:
    problem = book(600, 6, seed, GOALS, within=1500, largest=0.03)
    found = solved(problem, 30)
    goals = {g.name: g for g in found.result.goals}
    assert goals["coverage"].value == goals["penalty"].value == 0 and goals["penalty"].proven
    assert goals["handovers"].value <= goals["handovers"].bound * 1.03 + 2


def test_bounds_are_counted_again_from_their_multipliers() -> None:
    problem = book(200, 4, 1, GOALS, within=400)
    found, shape = solved(problem), Shape.of(problem)
    for duals, phase in zip(found.duals, found.result.goals, strict=True):
        again = count(shape, duals.goal, duals.rows, duals.scale, duals.ends)
        assert again.bound == phase.bound == duals.bound
        assert all(v > 0 for v in duals.rows.values())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_any_multipliers_give_a_true_bound(seed: int, data: st.DataObject) -> None:
    problem = book(5, 2, seed, ("coverage", "penalty", "handovers", "continuity", "balance"), within=2500)
    shape = Shape.of(problem)
    ends: dict[str, int] = {}
    kept = [h for h in product([None, 0, 1], repeat=5) if not broken(problem, h)]
    for goal in problem.goals:
        sign = 1 if SENSE[goal.name] == "min" else -1
        values = [sign * COUNT[goal.name](problem, h) for h in kept]
        names = [r.name for r in shape.rows] + [f"goal:{k}" for k in ends]
        raw = {n: data.draw(st.floats(0, 2)) * 1e-7 for n in data.draw(st.sets(st.sampled_from(names)))}
        y = admitted(shape, goal.name, raw, 2**40, ends)
        bound = sign * count(shape, goal.name, y, 2**40, ends).bound
        assert bound <= min(values)
        ends[goal.name] = min(values) + data.draw(st.integers(0, 2))
        kept = [h for h, v in zip(kept, values, strict=True) if v <= ends[goal.name]]


def test_rules_are_kept_and_accounts_stay_together() -> None:
    problem = book(80, 4, 3, GOALS, within=2000)
    eligible = problem.eligible.copy()
    eligible[0, :20] = False
    problem = problem.replace(
        eligible=eligible,
        pins=((1, 5),),
        caps=(Cap("few", tuple(range(40)), 14),),
        together=((30, 31, 32), (32, 50)),
        keeper=tuple(
            None if k is not None and not eligible[k, j] else k for j, k in enumerate(problem.keeper)
        ),
    )
    holders = solved(problem).holders
    assert holders is not None and not broken(problem, holders)
    assert len({holders[j] for j in (30, 31, 32, 50)}) == 1


def test_what_is_impossible_is_called_so() -> None:
    problem = book(20, 2, 1, ("coverage", "handovers"), soft=False)
    limit = problem.limits[1]
    short = problem.replace(
        limits=(
            limit.__class__(
                **{
                    **{f: getattr(limit, f) for f in limit.__slots__},
                    "within": None,
                    "least": (10**12, 10**12),
                }
            ),
        )
    )
    assert solved(short).result.status is Status.INFEASIBLE


def test_the_same_again_and_from_a_start() -> None:
    problem = book(150, 4, 2, GOALS, within=800)
    first, second = solved(problem), solved(problem)
    assert first.holders == second.holders and first.duals == second.duals
    third = solve_large(problem, Limits(20), NullProgress(), start=first.holders)
    assert [g.value for g in third.result.goals] <= [g.value for g in first.result.goals]


def test_goals_it_does_not_count_are_refused_by_name() -> None:
    problem = book(10, 2, 1).replace(goals=(Goal(name="merit"), Goal(name="draw")))
    assert unsupported(problem) == ["merit"]
    with pytest.raises(InputError) as caught:
        Large().solve(problem, Limits(1))
    assert "merit" in str(caught.value.findings[0])


def test_without_managers_everybody_is_left_out_and_that_is_proven() -> None:
    problem = book(4, 1, 1, ("coverage", "penalty", "handovers"))
    nobody = problem.replace(
        managers=(),
        tier=(),
        rank=(),
        keeper=(None,) * 4,
        incumbent=(None,) * 4,
        eligible=problem.eligible[:0],
        outside=problem.outside[:0],
        draw=problem.draw[:0],
        handover=problem.handover[:0],  # type: ignore[index]
        limits=(),
    )
    for case in (nobody, problem.replace(eligible=np.zeros((1, 4), dtype=np.bool_), keeper=(None,) * 4)):
        found = solved(case)
        assert found.holders == [None] * 4
        assert next((g.value, g.proven) for g in found.result.goals) == (4, True)


def test_one_manager_and_accounts_together() -> None:
    problem = book(2, 1, 1, ("coverage", "handovers", "draw")).replace(together=((0, 1),), limits=())
    found = solved(problem)
    assert found.holders == [0, 0] and found.result.status is Status.OPTIMAL


def test_two_thousand_on_ten_within_one_per_cent_with_bands_kept() -> None:
    found = solved(book(2000, 10, 6, GOALS), 60)
    goals = {g.name: g for g in found.result.goals}
    assert goals["penalty"].value == 0
    assert goals["handovers"].value <= goals["handovers"].bound * 1.01 + 2


def test_who_is_chosen_and_why() -> None:
    few, many = book(15, 3, 1), book(30, 3, 1)
    assert [choose_for(p)[0].name for p in (few, many)] == ["cpsat", "large"]
    assert all(choose_for(p)[1].render("zh") != choose_for(p)[1].render("en") for p in (few, many))
    merit = many.replace(goals=(Goal(name="merit"),))
    assert choose_for(merit)[0].name == "cpsat" and "merit" in choose_for(merit)[1].render("en")
    assert choose_solver("large").name == "large"


def test_a_stop_leaves_what_there_is() -> None:
    class Stop(NullProgress):
        def stop_asked(self) -> bool:
            return True

    result = Large().solve(book(100, 3, 1, GOALS), Limits(5), Stop())
    assert result.status is Status.CANCELLED
    assert np.isfinite(result.seconds)
