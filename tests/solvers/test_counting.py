"""The solvers' own counting against the audit's, division by division: every rule, every goal, every level."""

from __future__ import annotations

from random import Random

import pytest
from tiny_cases import Bank, tiny_bank
from wider_families import WIDER_FAMILIES, Family

from cmopt.audit import audit_division
from cmopt.domain.problem import Problem
from cmopt.errors import InputError
from cmopt.problem import build_problem
from cmopt.solvers.broken import broken
from cmopt.solvers.score import levels, score


@pytest.mark.parametrize("family", WIDER_FAMILIES, ids=lambda f: f.name)
def test_solvers_and_audit_count_alike(family: Family) -> None:
    """Divisions at random, those that break rules too."""
    kept = 0
    for seed in range(12):
        bank = tiny_bank(Random(f"{family.name} {seed}"), family.shape)
        try:
            problem = build_problem(bank.case, bank.scheme, bank.grades, bank.seed)
        except InputError:
            continue
        for division in range(25):
            kept += _alike(bank, problem, Random(division))
    assert kept > 10


def _alike(bank: Bank, problem: Problem, rng: Random) -> bool:
    """Whether the random division keeps every rule."""
    holders = [
        rng.choice([None, *able] if rng.random() < 0.3 else able or [None]) for able in problem.may_hold
    ]
    audit = audit_division(bank.case, bank.scheme, bank.grades, problem.allocation(holders), bank.seed)
    assert broken(problem, holders) == (not audit.clean), audit.breaches
    assert score(problem, holders) == dict(audit.goals)
    for goal in bank.scheme.goals:
        assert levels(problem, goal.name, holders) == audit.levels.get(goal.name)
    return audit.clean
