"""Three countings of one division: the solver's score, the audit's goals, the metrics' envies."""

from __future__ import annotations

from random import Random

import pytest
from brute_force import choices
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from tiny_cases import Bank, Shape, tiny_bank

from cmopt.audit import audit_division
from cmopt.errors import InputError
from cmopt.metrics.envy import justified_envies
from cmopt.problem import build_problem
from cmopt.solvers.greedy import broken
from cmopt.solvers.score import key, score

SHAPES = {
    "anything": Shape(accounts=(1, 8)),
    "teams": Shape(team=True, trust_team=True, usual_goals=True, accounts=(3, 8)),
    "negative": Shape(negative=True, usual_goals=True),
    "ranks shared": Shape(given=True, usual_goals=True),
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 2**48))
def test_solver_and_audit_count_alike(shape: Shape, seed: int) -> None:
    """On any division to people who may hold the accounts, whatever other rule it breaks."""
    rng = Random(seed)
    bank = tiny_bank(rng, shape)
    note(repr(bank))
    try:
        problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
    except InputError:
        return
    allowed = choices(bank)
    for _ in range(8):
        left_out = rng.choice([0.0, 0.2, 0.6])
        chosen = [None if rng.random() < left_out else rng.choice(may)[0] for may in allowed]
        holders = [None if s is None else problem.manager_number[s] for s in chosen]
        allocation = problem.allocation(holders)
        audit = audit_division(bank.case, bank.scheme, bank.grades, allocation, bank.seed)
        assert score(problem, holders) == dict(audit.goals)
        assert list(score(problem, holders)) == [g.name for g in bank.scheme.goals]
        assert broken(problem, holders) == (not audit.clean), audit.breaches
        if "merit" in audit.goals:
            envies = justified_envies(bank.case, bank.scheme, bank.grades, allocation)
            assert len(envies) == audit.goals["merit"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 2**48))
def test_the_problem_and_the_audit_agree_who_may_hold_what(seed: int) -> None:
    bank = tiny_bank(Random(seed), Shape(usual_goals=seed % 2 == 0))
    try:
        problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
    except InputError:
        return
    may = [[problem.managers[i] for i in able] for able in problem.may_hold]
    assert may == [[s for s, _ in able if s is not None] for able in choices(bank)]


def test_key_turns_every_goal_to_be_minimised() -> None:
    bank = _known_bank()
    problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
    nobody: list[int | None] = [None] * len(problem.accounts)
    signs = [-1 if n.startswith("continuity") else 1 for n in score(problem, nobody)]
    values = list(score(problem, nobody).values())
    assert key(problem, nobody) == tuple(s * v for s, v in zip(signs, values, strict=True))


def _known_bank() -> Bank:
    for seed in range(50):
        bank = tiny_bank(Random(seed), Shape(usual_goals=True))
        try:
            build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
        except InputError:
            continue
        return bank
    raise AssertionError("no bank among the first fifty")
