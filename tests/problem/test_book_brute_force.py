"""Parts of random tiny books: who may hold what against a plain reading of the rules, and the exact solver
against every division there is, counted without arrays."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from random import Random

import numpy as np
from plain_book import PlainBook
from random_books import RandomBook, random_book

from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_result import SETTLED, BookPart
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Status
from cmopt.errors import InputError
from cmopt.problem.book import BookPlan, plan_book
from cmopt.solvers.cpsat import CpSat
from cmopt.solvers.greedy import Greedy
from cmopt.solvers.score import COUNT

CASES = int(os.environ.get("CMOPT_BOOK_CASES", "70"))
MOST_DIVISIONS = 3000


def planned(bank: RandomBook) -> tuple[BookPlan, PlainBook] | None:
    """None where nothing is left to divide."""
    plain = PlainBook(bank.case, bank.scheme, bank.grades, bank.key, 1)
    try:
        return plan_book(bank.case, bank.scheme, bank.grades, bank.key, 1), plain
    except InputError as error:
        assert {f.code for f in error.findings} == {"book-empty"} and not plain.clients
        return None


def exercised(seeds: range) -> Counter[str]:
    """Every part of the banks of these seeds, checked; how often each thing came up."""
    seen: Counter[str] = Counter()
    for seed in seeds:
        found = planned(random_book(Random(seed)))
        if found is None:
            continue
        plan, plain = found
        assert list(plan.names) == sorted(plain.parts)
        assert [plan.case.clients.ids[c] for c in plan.counter] == [
            c.client_id for c in plan.case.clients if plain.is_counter(c)
        ]
        for n, name in enumerate(plan.names):
            part = pickle.loads(pickle.dumps(plan.slice(n))).build()
            same_rules(part, plain, name, seen)
            same_optimum(part.problem, plain, name, seen)
    return seen


def same_rules(part: BookPart, plain: PlainBook, name: str, seen: Counter[str]) -> None:
    problem = part.problem
    branches, clients = plain.parts[name]
    assert set(part.branches) == branches and list(problem.accounts) == clients
    assert [s.staff_id for s in plain.managers(name)] == list(problem.managers)
    for j, client_id in enumerate(clients):
        client = plain.case.client_by_id[client_id]
        rule, people = plain.who(client)
        assert {problem.managers[i] for i in problem.may_hold[j]} == set(people), client_id
        assert SETTLED[part.settled[j]] == rule
        kept = problem.keeper[j]
        assert (None if kept is None else problem.managers[kept]) == plain.keeper(client)
        seen[rule] += 1
    groups = [[problem.accounts[j] for j in group] for group in problem.together]
    assert groups == plain.together(clients)
    seen["together"] += len(groups)
    seen["joined"] += len(plain.regions_of(name)) > 1


def same_optimum(problem: Problem, plain: PlainBook, name: str, seen: Counter[str]) -> None:
    if np.prod([1.0 + len(who) for who in problem.may_hold]) > MOST_DIVISIONS:
        return
    best = plain.optimum(name)
    result = CpSat().solve(problem, Limits(30.0))
    if best is None:
        assert result.status is Status.INFEASIBLE
        seen["infeasible"] += 1
        return
    assert result.status is Status.OPTIMAL and result.allocation is not None
    assert {g.name: g.bound for g in result.goals} == {CORE_GOAL.get(g, g): v for g, v in best.items()}
    for held in (result.allocation.holder, Greedy().solve(problem, Limits(1.0)).allocation):
        if held is not None:
            held = held if isinstance(held, dict) else dict(getattr(held, "holder", held))
            as_counted(problem, plain, name, held, seen)
    seen["optimal"] += 1
    for goal, value in best.items():
        seen[goal] += value != 0


def as_counted(
    problem: Problem, plain: PlainBook, name: str, held: dict[str, str | None], seen: Counter[str]
) -> None:
    """A division a solver found: it keeps the rules, and every goal counts the same."""
    assert any(held == known for known in plain.divisions(name))
    holders = [None if (s := held[c]) is None else problem.manager_number[s] for c in problem.accounts]
    for goal in plain.book.goals:
        core = CORE_GOAL.get(goal.name, goal.name)
        assert COUNT[core](problem, holders) == plain.value(goal.name, name, held)
    seen["counted"] += 1


LEAST = {
    "optimal": 0.7, "counted": 0.8, "handovers": 0.05, "bands": 0.1, "mix": 0.1, "tier_preference": 0.1,
    "together": 0.1, "joined": 0.05, "infeasible": 0.01,
    "pin": 0.1, "developer": 0.1, "nobody": 0.1, "maker": 0.05, "head": 0.05, "rotation": 0.05,
}  # fmt: skip


def test_exact_solver_and_rules_agree_with_brute_force() -> None:
    """CMOPT_BOOK_CASES=3000 tries so many banks. What each bank must exercise is asked of all together."""
    seen = exercised(range(CASES))
    assert {k: seen[k] for k, share in LEAST.items() if seen[k] < share * CASES} == {}, seen
