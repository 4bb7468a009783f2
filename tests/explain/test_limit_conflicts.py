"""Limits that leave no division: named with their figures, no more of them than it takes."""

from __future__ import annotations

from typing import Any

import pytest
from audit_bank import SEED, case, loan, scheme, staff

from cmopt.domain.clients import Case, Link
from cmopt.domain.limits import Limits
from cmopt.domain.result import Status
from cmopt.domain.scheme import Limit, Scheme
from cmopt.errors import Finding
from cmopt.explain import explain_infeasible
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat, is_feasible


def under(*limits: dict[str, Any]) -> Scheme:
    named = [
        {"key": f"limit{n}", "title": {"zh": f"限额{n}", "en": f"limit {n}"}, "tiers": ["senior"], **limit}
        for n, limit in enumerate(limits)
    ]
    changed = {"limits": tuple(Limit.model_validate(limit) for limit in named), "teams": ()}
    return scheme().model_copy(update=changed)


def explained(of: Case, scheme: Scheme) -> list[Finding]:
    grades = grade(of.roster, scheme, SEED)
    problem = build_problem(of, scheme, grades, SEED)
    assert CpSat().solve(problem, Limits(None)).status is Status.INFEASIBLE
    found = explain_infeasible(problem, scheme, is_feasible)
    assert all(f.message.render("zh") and f.message.render("en") for f in found)
    return found


TWO_LOANS = case(loan("C1", 1000), loan("C2", 1000), people=staff("S1 S2 S3"))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        pytest.param([{"least": 1}], "limit 0: at least 1 for", id="a loan for each of three"),
        pytest.param(
            [{"most": 5}, {"least": 3, "per": "all"}],
            "limit 1: at least 3 for S1, S2, S3",
            id="two, three asked",
        ),
    ],
)
def test_the_limit_that_cannot_be_kept(limits: list[dict[str, Any]], said: str) -> None:
    (found,) = explained(TWO_LOANS, under(*limits))
    assert found.code == "conflict-limits"
    assert said in found.message.render("en")
    assert "limit 0: at most 5" not in found.message.render("en")


def test_limits_and_pins() -> None:
    bank = case(loan("C1", 1000), people=staff("S1 S2 S3"), links=(Link("S1", "C1", "pin"),))
    found = explained(bank, under({"most": 0, "measure": "loan_balance", "base": False}))
    assert [f.code for f in found] == ["conflict-pins", "conflict-limits"]
    assert "limit 0: at most 0 for S1;" in found[1].message.render("en")
