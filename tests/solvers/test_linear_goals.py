"""Large linear goals: the bound is true, what is closed was never better, the proof agrees with enumeration."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from gap_problems import divisions, gap_problem, random_gap
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from cmopt.domain.limits import Limits
from cmopt.domain.progress import NullProgress
from cmopt.domain.result import Status
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat import CpSat, linear
from cmopt.solvers.cpsat.goals import express
from cmopt.solvers.cpsat.model import DivisionModel
from cmopt.solvers.cpsat.rules import add_rules
from cmopt.solvers.linear.bound import Lagrangian
from cmopt.solvers.linear.knapsack import LARGEST_TABLE, Knapsack
from cmopt.solvers.linear.relax import relax
from cmopt.solvers.linear.rows import Rows, read_rows
from cmopt.solvers.score import COUNT

SMALL = [random_gap(seed, 3, 6) for seed in range(12)]


def modelled(seed: int) -> tuple[DivisionModel, Rows, list[tuple[int, ...]]]:
    problem = gap_problem(*SMALL[seed])
    model = DivisionModel.of(problem)
    add_rules(model)
    model.cp.add(sum(model.out) == 0)
    model.cp.minimize(express(model, "cost"))
    rows = read_rows(model.cp.proto)
    assert rows is not None
    return model, rows, divisions(problem)


@pytest.mark.parametrize("seed", range(12))
def test_no_division_is_below_the_bound_and_none_that_is_better_is_closed(seed: int) -> None:
    model, rows, every = modelled(seed)
    rows = replace(rows, cost=rows.cost // rows.step())
    values = {h: int(rows.cost @ linear.columns_of(model, list(h))) for h in every}
    if not values:
        pytest.skip("no division of all accounts")
    least = min(values.values())
    relaxed = relax(rows, 10)
    assert relaxed is not None
    lagrangian = Lagrangian(rows, relaxed.duals)
    dice = np.random.default_rng(seed)
    for noise in (0.0, 0.3, 10.0):
        y = lagrangian.rounded(relaxed.duals + noise * dice.standard_normal(len(relaxed.duals)))
        assert lagrangian.at(y)[0] <= lagrangian.scale * least
    start = lagrangian.at(lagrangian.rounded(relaxed.duals))[0]
    assert start > lagrangian.scale * (float(rows.cost @ relaxed.columns) - 1e-3)  # no weaker than the LP
    bound, y = lagrangian.sharpen(
        lagrangian.rounded(relaxed.duals), lagrangian.scale * least, lambda: False, turns=40
    )
    assert start <= bound <= lagrangian.scale * least
    total, up, down = lagrangian.losses(y)
    closed = lagrangian.without(lagrangian.scale * least - total, (up, down))
    for h, value in values.items():
        if value == least:
            x = linear.columns_of(model, list(h))
            assert (closed.lower <= x).all() and (x <= closed.upper).all()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_knapsack_against_every_choice(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 6))
    uses = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)))
    value = np.array(data.draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n)))
    knapsack = Knapsack.of(uses, data.draw(st.integers(0, 20)))
    sums = {}
    for bits in range(1 << n):
        x = np.array([bits >> k & 1 for k in range(n)])
        if int(uses @ x) <= knapsack.capacity:
            sums[bits] = int(value @ x)
    best, chosen = knapsack.best(value)
    assert best == min(sums.values()) == int(value[chosen].sum()) and uses[chosen].sum() <= knapsack.capacity
    taken, left_out = knapsack.losses(value)
    for k in range(n):
        with_k = [v for bits, v in sums.items() if bits >> k & 1]
        without_k = [v for bits, v in sums.items() if not bits >> k & 1]
        assert left_out[k] == min(without_k) - best
        assert taken[k] == (min(with_k) - best if with_k else 2**61)


@pytest.mark.parametrize("seed", range(20))
def test_deciding_the_clear_items_first_loses_nothing(seed: int) -> None:
    dice = np.random.default_rng(seed)
    uses = dice.integers(0, 40, 60)
    value = -uses * 7 + dice.integers(-60, 60, 60)
    knapsack = Knapsack.of(uses, int(uses.sum()) * (seed % 5) // 6)
    table = np.zeros(knapsack.capacity + 1, dtype=np.int64)
    for use, worth in zip(uses.tolist(), value.tolist(), strict=True):
        if use <= knapsack.capacity:
            table[use:] = np.minimum(table[use:], table[: knapsack.capacity + 1 - use] + worth)
    best, chosen = knapsack.best(value)
    assert best == table[-1] == int(value[chosen].sum()) and len(set(chosen.tolist())) == len(chosen)
    assert int(uses[chosen].sum()) <= knapsack.capacity


def test_a_long_table_is_relaxed() -> None:
    uses = np.array([3 * LARGEST_TABLE, 2 * LARGEST_TABLE + 1, LARGEST_TABLE])
    knapsack = Knapsack.of(uses, 5 * LARGEST_TABLE)
    assert not knapsack.exact
    assert knapsack.best(np.array([-5, -4, -2]))[0] <= -7  # 3 + 1 fit; 3 + 2 do not, by one


def test_rows_mean_what_the_model_means() -> None:
    dice = Random(7)
    for _ in range(25):
        cp = cp_model.CpModel()
        b = [cp.new_bool_var(f"b{k}") for k in range(4)]
        n = cp.new_int_var(-2, 3, "n")

        def some(b: list[cp_model.IntVar] = b) -> list[cp_model.LiteralT]:
            return [v if dice.random() < 0.6 else v.Not() for v in dice.sample(b, 2)]

        cp.add_exactly_one(some()) if dice.random() < 0.4 else cp.add_at_most_one(some())
        cp.add_bool_or(some()).only_enforce_if(some()[:1])
        cp.add_bool_and(some()).only_enforce_if(some())
        cp.add_linear_constraint(
            3 * n + 2 * b[0] - 4 * b[1] + b[2], dice.randint(-9, 0), dice.randint(0, 9)
        ).only_enforce_if(some())
        cp.add(n - b[3] <= dice.randint(-1, 2))
        cp.minimize(2 * n - b[0] + 5)
        rows = read_rows(cp.proto)
        assert rows is not None
        allowed = _solutions(cp)
        for bits in range(16):
            for value in range(-2, 4):
                x = np.array([*(bits >> k & 1 for k in range(4)), value])
                kept = (rows.lower <= x).all() and (x <= rows.upper).all()
                kept = kept and all(
                    (r.least is None or int(r.coefficients @ x[r.columns]) >= r.least)
                    and (r.most is None or int(r.coefficients @ x[r.columns]) <= r.most)
                    for r in rows.rows
                )
                assert bool(kept) == (tuple(x.tolist()) in allowed)
                assert rows.value(x) == 2 * value - (bits & 1) + 5


def _solutions(cp: cp_model.CpModel) -> set[tuple[int, ...]]:
    found = set()

    class Keep(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            variables = [cp.get_int_var_from_proto_index(k) for k in range(5)]
            found.add(tuple(int(self.value(v)) for v in variables))

    cp = cp.clone()
    cp.clear_objective()  # type: ignore[no-untyped-call]
    solver = cp_model.CpSolver()
    solver.parameters.enumerate_all_solutions = True
    solver.solve(cp, Keep())
    return found


def test_there_are_no_rows_of_what_is_not_linear() -> None:
    cp = cp_model.CpModel()
    a, b, c = (cp.new_int_var(0, 5, name) for name in "abc")
    cp.add_max_equality(c, [a, b])
    cp.minimize(c)
    assert read_rows(cp.proto) is None


@pytest.mark.parametrize("seed", range(8))
def test_the_proof_agrees_with_enumeration(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = gap_problem(*SMALL[seed])
    monkeypatch.setattr(linear, "LEAST_PAIRS", 1)
    assert linear.is_tight(problem)
    every = divisions(problem)
    result = CpSat().solve(problem, Limits(60))
    assert result.status is Status.OPTIMAL and result.allocation is not None
    values = {g.name: g.value for g in result.goals}
    if every:
        least = min(COUNT["cost"](problem, h) for h in every)
        best = min(COUNT["draw"](problem, h) for h in every if COUNT["cost"](problem, h) == least)
        assert values == {"coverage": 0, "cost": least, "draw": best}
    else:
        assert values["coverage"] > 0


def test_a_larger_one_against_the_plain_search_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = gap_problem(*random_gap(3, 4, 14, tightness=0.85))
    goals = tuple(g for g in problem.goals if g.name != "draw")
    problem = problem.replace(goals=goals)
    monkeypatch.setattr(linear, "LEAST_PAIRS", 10**9)
    plain = CpSat().solve(problem, Limits(60))
    monkeypatch.setattr(linear, "LEAST_PAIRS", 1)
    ours, again = CpSat().solve(problem, Limits(60)), CpSat().solve(problem, Limits(60))
    assert plain.status is ours.status is Status.OPTIMAL
    assert [g.value for g in plain.goals] == [g.value for g in ours.goals]
    assert ours.allocation == again.allocation


def test_stopped_at_once_the_bound_is_still_true(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = gap_problem(*random_gap(5, 5, 25, tightness=0.8))
    model = DivisionModel.of(problem)
    add_rules(model)
    model.cp.add(sum(model.out) == 0)
    expr = express(model, "cost")
    start = linear.first_division(model, expr, True, 30, NullProgress())
    assert start is not None and not broken(problem, start)
    short = linear.prove_linear(
        model, expr, True, start, lambda h: not broken(problem, h), 0.0, NullProgress()
    )
    long = linear.prove_linear(model, expr, True, start, lambda h: not broken(problem, h), 60, NullProgress())
    assert short is not None and long is not None and long[2]
    assert short[1] is not None and short[1] <= COUNT["cost"](problem, long[0]) == long[1]
