"""The annual plan loosened by overrides: the solver's proof and the audit still agree."""

from __future__ import annotations

from cmopt.audit import audit_division, check_record
from cmopt.domain.clients import Case, Client
from cmopt.domain.fixed import UNIT
from cmopt.domain.limits import Limits
from cmopt.domain.result import Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat


def loan(client_id: str, balance: int, incumbent: str | None = None) -> Client:
    return Client(client_id, client_id, "甲", "loan", balance * UNIT, incumbent=incumbent)


def key_deposit(client_id: str, balance: int, incumbent: str | None = None) -> Client:
    return Client(
        client_id, client_id, "甲", "deposit", balance * UNIT, key_deposit=True, incumbent=incumbent
    )


def solved(case: Case, overrides: dict[str, str]) -> Result:
    """The exact division, found to agree with the audit in every rule and goal."""
    scheme = load_scheme("annual", {"teams.deposit_team.size": "1", **overrides})
    grades = grade(case.roster, scheme, 1)
    result = CpSat().solve(build_problem(case, scheme, grades, 1), Limits(30.0))
    assert result.allocation is not None
    audit = audit_division(case, scheme, grades, result.allocation, 1)
    assert audit.clean
    assert not check_record(scheme, audit, result.status, result.goals)
    assert result.status is Status.OPTIMAL
    return result


def seniors(*ids: str) -> Roster:
    return Roster(tuple(Staff(i, i, "甲", tier="senior", rank=n) for n, i in enumerate(ids, 1)))


def test_a_team_member_may_hold_a_loan_too_where_the_scheme_allows() -> None:
    """The member who also holds the only loan leaves two managers without any, who are even."""
    case = Case(seniors("A", "B", "C"), (loan("L", 1000), key_deposit("D", 50)))
    goals = '[{name="coverage"}, {name="balance"}, {name="draw"}]'
    result = solved(case, {"teams.deposit_team.exclusive_of": "[]", "goals": goals})
    assert [g.value for g in result.goals[:2]] == [0, 0]
    assert result.allocation is not None
    assert result.allocation.holder["L"] == result.allocation.holder["D"]


def test_set_apart_the_loan_makes_the_others_uneven() -> None:
    case = Case(seniors("A", "B", "C"), (loan("L", 1000), key_deposit("D", 50)))
    result = solved(case, {"goals": '[{name="coverage"}, {name="balance"}, {name="draw"}]'})
    assert [g.value for g in result.goals[:2]] == [0, 1000]


def test_the_accounts_of_a_team_are_worth_its_seat_and_no_more() -> None:
    """B holds an open large loan of level 3; A, ranked first, keeps a seat of level 2 and so envies B, whatever
    level the segment of the team's accounts states."""
    case = Case(seniors("A", "B"), (loan("L", 1000), key_deposit("D", 50, incumbent="A")))
    levels = {"segments.large_loan.level": "3", "segments.key_deposit.level": "3"}
    result = solved(case, levels)
    assert result.allocation is not None
    assert dict(result.allocation.holder) == {"L": "B", "D": "A"}
    assert {g.name: g.value for g in result.goals}["merit"] == 1
