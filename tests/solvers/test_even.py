"""Even totals: bounds by counting are true, the steps keep every rule, small and larger ones come out best."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest
from gap_problems import divisions, partition_problem

from cmopt.domain.limits import Limits
from cmopt.domain.problem import Totals
from cmopt.domain.result import Status
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.even import counted_bound, even_out, first_even, nearest_share
from cmopt.solvers.totals import worst_first


@pytest.mark.parametrize("seed", range(20))
def test_nearest_share_against_every_choice(seed: int) -> None:
    dice = Random(seed)
    loads = np.array([dice.randint(-20, 200) for _ in range(dice.randint(2, 9))])
    size = dice.randint(1, len(loads) - 1)
    wanted = dice.randint(0, int(np.abs(loads).sum()))
    share = nearest_share(loads, size, wanted)
    assert len(set(share)) == size
    best = min(abs(sum(c) - wanted) for c in itertools.combinations(loads.tolist(), size))
    assert abs(int(loads[share].sum()) - wanted) == best


@pytest.mark.parametrize("goal", ["leximax", "leximin"])
@pytest.mark.parametrize("seed", range(10))
def test_the_bound_holds_for_every_division(seed: int, goal: str) -> None:
    dice = Random(seed)
    problem = partition_problem([dice.randint(1, 30) for _ in range(6)], 3)
    eligible = problem.eligible.copy()
    for _ in range(3):
        eligible[dice.randrange(3), dice.randrange(6)] = False
    members = tuple(sorted(dice.sample(range(3), dice.choice([2, 3, 3]))))
    pair = {(i, j): dice.randint(0, 40) * 10**6 for i in range(3) for j in range(6) if dice.random() < 0.2}
    load = problem.totals["leximax"].load
    base = tuple(dice.choice([0, 5, 25]) * 10**6 for _ in members)
    totals = Totals(members, base, load, {k: v for k, v in pair.items() if k[0] in members}, 1)
    problem = problem.replace(eligible=eligible, totals={goal: totals})
    found = divisions(problem)
    bound = counted_bound(problem, goal, all_covered=True)
    loose = counted_bound(problem, goal, all_covered=False)
    assert loose <= bound if goal == "leximax" else loose >= bound
    for holders in found:
        level = worst_first(problem, goal, holders)[0]
        assert bound <= level if goal == "leximax" else bound >= level


def test_every_step_keeps_the_rules_and_the_best_is_found() -> None:
    dice = Random(5)
    problem = partition_problem([dice.randint(1, 100_000) for _ in range(80)], 8)
    eligible = problem.eligible.copy()
    for _ in range(40):
        eligible[dice.randrange(8), dice.randrange(80)] = False
    problem = problem.replace(eligible=eligible, pins=((int(np.flatnonzero(eligible[:, 3])[0]), 3),))
    start = CpSat().solve(problem.replace(goals=problem.goals[:1]), Limits(30)).allocation
    assert start is not None
    number = problem.manager_number
    holders = [number[start.holder[a] or ""] for a in problem.accounts]
    seen = []

    def keeps(held: list[int | None]) -> bool:
        seen.append(not broken(problem, held))
        return seen[-1]

    bound = counted_bound(problem, "leximax", all_covered=True)
    best = even_out(problem, "leximax", holders, bound, keeps, lambda: False)
    assert seen and all(seen) and not broken(problem, best)
    level = worst_first(problem, "leximax", best)[0]
    assert bound <= level <= bound * 1.00001


def test_equal_counts_and_the_least_largest_load_proven() -> None:
    dice = Random(2)
    problem = partition_problem([dice.randint(1, 1_000) for _ in range(100)], 10)
    assert not broken(problem, first_even(problem, "leximax"))
    result = CpSat().solve(problem.replace(goals=problem.goals[:2]), Limits(60))
    assert result.status is Status.OPTIMAL
    assert result.goals[1].value == result.goals[1].bound == counted_bound(problem, "leximax", True)
