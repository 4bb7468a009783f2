"""Generalized assignment by bundles: against every division there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from gap_problems import divisions, gap_problem, random_gap

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Ints
from cmopt.domain.result import Status
from cmopt.solvers.columns.assignment import Assignment, Reading, read_assignment
from cmopt.solvers.columns.cover import TooMany, least_cover
from cmopt.solvers.columns.dive import Dives
from cmopt.solvers.columns.finish import finish
from cmopt.solvers.columns.master import Pricing, generate
from cmopt.solvers.columns.near import NearBest, near_best
from cmopt.solvers.columns.search import Columns, search_columns
from cmopt.solvers.cpsat import CpSat, linear
from cmopt.solvers.cpsat.goals import express
from cmopt.solvers.cpsat.model import DivisionModel
from cmopt.solvers.cpsat.rules import add_rules
from cmopt.solvers.linear.rows import read_rows
from cmopt.solvers.score import COUNT

FAR = 10**9


def invented(seed: int, managers: int = 3, jobs: int = 6) -> Assignment:
    """Costs of both signs, loads of 0, pairs that may not be; sometimes too tight for any division."""
    dice = np.random.default_rng(seed)
    uses = dice.integers(0, 12, (managers, jobs))
    cost = dice.integers(-20, 20, (managers, jobs)) - uses
    may = dice.random((managers, jobs)) < 0.85
    capacity = (uses.sum(axis=1) * dice.uniform(0.15, 0.7) / 1.5).astype(np.int64)
    return Assignment(np.where(may, cost, 0), np.where(may, uses, 0), capacity, may)


def least(a: Assignment) -> int | None:
    m, n = a.shape
    held = (np.array(h) for h in itertools.product(range(m), repeat=n))
    return min((a.value(h) for h in held if a.keeps(h)), default=None)


def searched(a: Assignment, end: int) -> Columns:
    reading = Reading(a, np.zeros(a.shape, dtype=np.int64), np.zeros(a.shape[1], dtype=np.int64), 0)
    return search_columns(reading, np.zeros(a.shape[1], dtype=np.int64), end, lambda: False, lambda: 60.0)


def root(a: Assignment, end: int = FAR) -> tuple[int, Ints]:
    found = generate(a, np.zeros(a.shape[1], dtype=np.int64), [], (end - 1) * a.scale + 1, 300, 60.0)
    assert found is not None
    return found.priced.lower, found.priced.y


ALL = [(seed, invented(seed), least(invented(seed))) for seed in range(16)]
SOLVABLE = [(seed, a, value) for seed, a, value in ALL if value is not None]


def test_some_can_be_divided_and_some_cannot() -> None:
    assert len(SOLVABLE) >= 6 and len(SOLVABLE) < len(ALL)


@pytest.mark.parametrize(("seed", "a", "value"), SOLVABLE)
def test_no_multipliers_give_a_bound_above_the_optimum(seed: int, a: Assignment, value: int) -> None:
    dice = np.random.default_rng(seed)
    pricing = Pricing(a)
    generated, y = root(a)
    assert pricing.at(y).lower == generated <= value * a.scale
    for spread in (1, 10, 100):
        other = y + (dice.standard_normal(a.shape[1]) * spread * a.scale).astype(np.int64)
        assert pricing.at(other).lower <= generated + a.scale // 50  # nor, by much, above the generated one


@pytest.mark.parametrize(("seed", "a", "value"), SOLVABLE)
def test_the_search_finds_the_optimum_and_proves_it(seed: int, a: Assignment, value: int) -> None:
    found = searched(a, value + 1)
    assert found.proven and found.held is not None
    assert a.keeps(found.held) and a.value(found.held) == value
    nothing = searched(a, value)
    assert nothing.proven and nothing.held is None


@pytest.mark.parametrize("a", [a for _, a, value in ALL if value is None])
def test_knapsacks_that_hold_too_little(a: Assignment) -> None:
    found = searched(a, 1000)
    assert found.held is None


@pytest.mark.parametrize("seed", range(6))
def test_a_dive_ends_below_what_is_known_or_not_at_all(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cmopt.solvers.columns.dive.SMALL", 8)  # else everything is settled at once
    cost, uses, capacity = random_gap(seed, 4, 20, tightness=0.9)
    load = np.array(uses)
    a = Assignment(np.array(cost), load, np.array(capacity), np.ones(load.shape, dtype=np.bool_))
    generated = generate(a, np.zeros(20, dtype=np.int64), [], FAR * a.scale, 300, 60.0)
    assert generated is not None
    dives, end, found = Dives(a, generated, lambda: False, lambda: 60.0), 10_000, 0
    for _ in range(5):
        held = dives.dive(end)
        if held is not None:
            assert a.keeps(held) and a.value(held) < end
            end, found = a.value(held), found + 1
    assert found and generated.priced.lower <= end * a.scale
    best = finish(a, generated.priced, end + 1, 10**6, 10**7)
    assert best.settled and best.held is not None and a.value(best.held) <= end


@pytest.mark.parametrize("seed", range(4))
def test_bundles_near_the_best_are_all_of_them(seed: int) -> None:
    dice = np.random.default_rng(seed)
    value, uses, capacity = dice.integers(-30, 10, 9), dice.integers(0, 9, 9), 20
    jobs = np.sort(dice.choice(70, 9, replace=False))  # in two words
    every = {
        tuple(jobs[list(s)].tolist()): int(value[list(s)].sum())
        for k in range(10)
        for s in itertools.combinations(range(9), k)
        if uses[list(s)].sum() <= capacity
    }
    table = NearBest(value, uses, capacity, jobs, 70)
    assert table.best == min(every.values())
    near = table.within(25, 10**6)
    assert near is not None
    found = {tuple(near.members(b)): int(near.excess[b]) + table.best for b in range(len(near))}
    assert found == {s: v for s, v in every.items() if v <= table.best + 25} and len(near) == len(found)
    assert table.within(25, len(near) - 1) is None


def test_covers_stop_at_too_many_combinations() -> None:
    a = invented(SOLVABLE[0][0])
    choices = [table.within(100 * a.scale, 10**6) for table in near_best(a, root(a)[1])]
    bundles = [c for c in choices if c is not None]
    assert least_cover(bundles, 6, 100 * a.scale, 10**6) is not None
    with pytest.raises(TooMany):
        least_cover(bundles, 6, 100 * a.scale, 1)


@pytest.mark.parametrize("goal", ["cost", "fit"])
def test_rows_of_a_case_are_read_as_what_they_are(goal: str, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = gap_problem(*random_gap(3, 3, 7, tightness=0.95))
    goals = tuple(g.model_copy(update={"name": goal}) if g.name == "cost" else g for g in problem.goals[:2])
    assert problem.cost is not None
    problem = problem.replace(goals=goals, fit=-problem.cost, cost=problem.cost)
    model = DivisionModel.of(problem)
    add_rules(model)
    expr = express(model, goal)
    model.cp.minimize(expr if goal == "cost" else -expr)
    rows = read_rows(model.cp.proto)
    assert rows is not None and read_assignment(rows, linear.places_of(model)) is None  # may be left out
    model.cp.add(sum(model.out) == 0)
    rows = read_rows(model.cp.proto)
    assert rows is not None
    reading = read_assignment(rows, linear.places_of(model))
    assert reading is not None and reading.assignment.shape == (3, 7)
    best = min(COUNT["cost"](problem, h) for h in divisions(problem))
    assert least(reading.assignment) == best
    monkeypatch.setattr(linear, "LEAST_PAIRS", 1)
    result = CpSat().solve(problem, Limits(60))
    assert result.status is Status.OPTIMAL
    assert result.goals[-1].value == result.goals[-1].bound == (best if goal == "cost" else -best)


def test_a_second_rule_of_a_manager_is_more_than_an_assignment() -> None:
    problem = gap_problem(*random_gap(2, 3, 7))
    model = DivisionModel.of(problem)
    add_rules(model)
    model.cp.add(sum(model.out) == 0)
    model.cp.add(sum(model.hold[0, j] for j in range(7)) <= 3)
    model.cp.minimize(express(model, "cost"))
    rows = read_rows(model.cp.proto)
    assert rows is not None and read_assignment(rows, linear.places_of(model)) is None
