"""Accounts that belong together, handovers and the preference of tiers: every engine against every division."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import numpy as np
from certify_cases import claim, verdicts, with_bound
from wider_problems import NEW, OLD, Holders, divisions, enumerate_best, wider_problem

from cmopt.domain.goals import SENSE
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Status
from cmopt.solvers.broken import broken
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.greedy import _State, greedy_holders
from cmopt.solvers.score import COUNT
from cmopt.solvers.second.verdict import Answer, Why
from cmopt.solvers.stable import Stable

ASKED = int(os.environ.get("CMOPT_TOGETHER_CASES", "60"))
OWN = ("handovers", "tier_preference")


def grouped(rng: Random, largest: int = 1000) -> Problem:
    """A problem with every rule and goal there is, and groups of accounts besides."""
    goals = [*rng.sample(OWN, rng.randint(1, 2)), *rng.sample(NEW, 1), *rng.sample(OLD, rng.randint(0, 2))]
    rng.shuffle(goals)
    problem = wider_problem(rng, goals, largest)
    m, n = problem.eligible.shape
    handover = np.array([[rng.randint(0, 5) for _ in range(n)] for _ in range(m)], dtype=np.int64)
    for j, i in enumerate(problem.keeper):
        handover[:, j] = 0 if i is None else handover[:, j]
        if i is not None:
            handover[i, j] = 0
    place = np.array([[rng.randint(0, 3) for _ in range(n)] for _ in range(m)], dtype=np.int64)
    for places in problem.same:  # the backups of an account are alike
        handover[:, list(places[1:])], place[:, list(places[1:])] = 0, place[:, [places[-1]]]
    several = {j for places in problem.same for j in places}
    in_team = {j for t in problem.teams for j in t.accounts} if rng.random() < 0.7 else set()
    alone = [j for j in range(n) if j not in several | in_team]
    rng.shuffle(alone)
    size = rng.choice((2, 2, 3))
    groups = [tuple(sorted(alone[k : k + size])) for k in range(0, len(alone) - 1, size)]
    together = tuple(g for g in sorted(groups) if len(g) > 1 and rng.random() < 0.8)
    return problem.replace(handover=handover, tier_place=place, together=together)


def cases(number: int, seed: int, largest: int = 1000) -> Iterator[Problem]:
    """So many problems that have a group."""
    while number:
        problem = grouped(Random(seed), largest)
        seed += 1
        if problem.together:
            number -= 1
            yield problem


def kept_together(problem: Problem, holders: Holders) -> bool:
    return all(len({holders[j] for j in group}) == 1 for group in problem.together)


def test_the_exact_solver_finds_what_every_division_says() -> None:
    solved = decided = 0
    for problem in cases(ASKED, seed=0):
        result, best = CpSat().solve(problem, Limits(None)), enumerate_best(problem)
        if best is None:
            assert result.status is Status.INFEASIBLE
            continue
        bounds, left = best
        assert all(kept_together(problem, h) for h in left)
        assert result.status is Status.OPTIMAL
        sign = [1 if SENSE[g.name] == "min" else -1 for g in result.goals]
        assert [s * (g.bound or 0) for s, g in zip(sign, result.goals, strict=True)] == [b[0] for b in bounds]
        assert result.allocation in [problem.allocation(h) for h in left]
        solved += 1
        apart = enumerate_best(problem.replace(together=()))
        decided += apart is None or apart[0] != bounds
    assert solved > 0.4 * ASKED
    assert decided > 0.1 * ASKED


def test_broken_says_so_and_nothing_else_changes() -> None:
    """The divisions left are exactly those of the problem without groups that keep them."""
    for problem in cases(20, seed=5000, largest=300):
        apart = divisions(problem.replace(together=()))
        assert divisions(problem) == [h for h in apart if kept_together(problem, h)]


def test_greedy_gives_groups_whole() -> None:
    found = 0
    for problem in cases(100, seed=7000):
        holders = greedy_holders(problem)
        assert kept_together(problem, holders)
        found += not broken(problem, holders)
    assert found > 40


def test_a_group_is_taken_back_where_its_last_account_does_not_fit() -> None:
    """Nothing of it stays behind: what the first account took up is free again for the next."""
    taken_back = 0
    for problem in cases(60, seed=8000):
        state = _State(problem)
        first = problem.together[0][0]
        before = ([set(h) for h in state.held], [list(t) for _, _, t in state.limited])
        for i in problem.may_hold[first]:
            if state.give(i, first):
                break
            assert ([set(h) for h in state.held], [list(t) for _, _, t in state.limited]) == before
            assert not any(state.seats) and state.holders == [None] * len(problem.accounts)
            taken_back += _State(problem.replace(together=())).give(i, first)
    assert taken_back > 10


def test_the_second_engine_confirms_and_denies() -> None:
    confirmed = denied = 0
    for problem in cases(40, seed=11_000, largest=300):
        best = enumerate_best(problem)
        if best is None:
            continue
        bounds = tuple(
            (1 if SENSE[g.name] == "min" else -1) * b[0] for g, b in zip(problem.goals, best[0], strict=True)
        )
        made = claim(problem, best[1][0], bounds)
        found = verdicts(problem, made)
        for v in found:
            assert v.answer is Answer.CONFIRMED or (v.goal, v.why) == ("deviation", Why.UNKNOWN_GOAL), v
        confirmed += sum(v.goal in OWN for v in found)
        goal = problem.goals[0]
        if goal.name in OWN:  # better by one than there is
            assert verdicts(problem, with_bound(made, goal.name, -1))[0].answer is Answer.DISAGREES
            denied += 1
    assert confirmed > 15
    assert denied > 3


def test_bids_do_not_settle_what_belongs_together() -> None:
    problem = next(iter(cases(50, seed=1)))
    result = Stable().solve(problem, Limits(None))
    assert (result.status, [f.code for f in result.findings]) == (Status.UNKNOWN, ["stable-together"])


def test_sums_over_pairs() -> None:
    """By hand: two accounts of the first manager; the second takes one of them over."""
    problem = wider_problem(Random(3), ["handovers", "tier_preference"])
    m, n = problem.eligible.shape
    handover = np.arange(m * n, dtype=np.int64).reshape(m, n)
    problem = problem.replace(handover=handover, tier_place=handover % 3)
    holders: Holders = [None] * n
    holders[0], holders[1] = 1, 0
    assert COUNT["handovers"](problem, holders) == n + 1
    assert COUNT["tier_preference"](problem, holders) == n % 3 + 1
