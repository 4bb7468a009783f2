"""Every kind of false claim in a record is caught; a true one passes."""

from __future__ import annotations

import dataclasses

import pytest
from audit_bank import SEED, case, loan, scheme, staff

from cmopt.audit import audit_division, check_record
from cmopt.domain.findings import Audit
from cmopt.domain.limits import Limits
from cmopt.domain.result import Phase, Result, Status
from cmopt.domain.scheme import Scheme
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat

PLAIN = scheme()


@pytest.fixture(scope="module")
def solved() -> tuple[Result, Audit]:
    bank = case(
        loan("C1", 1000, "S2"), loan("C2", 1500), loan("C3", 600, "J1", "B"), people=staff("S1 S2 M1 J1")
    )
    grades = grade(bank.roster, PLAIN, SEED)
    result = CpSat().solve(build_problem(bank, PLAIN, grades, SEED), Limits(None))
    assert result.allocation is not None
    assert result.status is Status.OPTIMAL
    return result, audit_division(bank, PLAIN, grades, result.allocation, SEED)


def claims(
    solved: tuple[Result, Audit],
    name: str,
    status: Status = Status.OPTIMAL,
    under: Scheme = PLAIN,
    **false: object,
) -> list[str]:
    """The codes found when the phase `name` is told otherwise."""
    result, audit = solved
    phases = [dataclasses.replace(p, **false) if p.name == name else p for p in result.goals]  # type: ignore[arg-type]
    return [f.code for f in check_record(under, audit, status, phases)]


NAMES = [g.name for g in PLAIN.goals]


def test_a_true_record_passes(solved: tuple[Result, Audit]) -> None:
    assert claims(solved, "coverage") == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("off", [1, -1])
def test_a_value_off_by_one(solved: tuple[Result, Audit], name: str, off: int) -> None:
    value = solved[1].goals[name]
    assert claims(solved, name, value=value + off) == ["record-value"]
    assert claims(solved, name, value=value + off, bound=value + off) == ["record-value"]
    assert claims(solved, name, value=None) == ["record-value"]


@pytest.mark.parametrize("name", NAMES)
def test_a_value_better_than_its_bound(solved: tuple[Result, Audit], name: str) -> None:
    phase = _phase(solved, name)
    assert phase.bound is not None
    impossible = phase.bound + 1 if phase.sense == "min" else phase.bound - 1
    assert claims(solved, name, bound=impossible) == ["record-bound"]
    assert claims(solved, name, Status.FEASIBLE, bound=impossible, proven=False) == ["record-bound"]


@pytest.mark.parametrize("name", NAMES)
def test_a_proof_without_a_bound_or_off_it(solved: tuple[Result, Audit], name: str) -> None:
    phase = _phase(solved, name)
    assert phase.bound is not None
    weaker = phase.bound - 1 if phase.sense == "min" else phase.bound + 1
    assert claims(solved, name, bound=None) == ["record-proof"]
    assert claims(solved, name, bound=weaker) == ["record-proof"]


@pytest.mark.parametrize("name", NAMES)
def test_optimal_with_a_goal_unproven(solved: tuple[Result, Audit], name: str) -> None:
    assert claims(solved, name, proven=False) == ["record-status"]
    assert claims(solved, name, Status.FEASIBLE, proven=False) == []
    assert claims(solved, name, Status.FEASIBLE, proven=False, bound=None) == []
    assert claims(solved, name, Status.CANCELLED, proven=False, bound=None) == []


def test_goals_reordered_dropped_added_or_turned_round(solved: tuple[Result, Audit]) -> None:
    result, audit = solved
    goals = list(result.goals)
    for wrong in (
        [goals[1], goals[0], *goals[2:]],
        goals[:-1],
        [*goals, goals[-1]],
        [],
        [dataclasses.replace(goals[0], sense="max"), *goals[1:]],
    ):
        assert [f.code for f in check_record(PLAIN, audit, Status.OPTIMAL, wrong)] == ["record-goals"]


def test_a_tolerance_lets_a_proven_goal_stand_off_its_bound_but_no_farther(
    solved: tuple[Result, Audit],
) -> None:
    """Allowed 3: proven at a bound 3 below the value is true, 4 below is not."""
    value = solved[1].goals["merit"]
    three = scheme(goals__merit__tolerance="3")
    assert claims(solved, "merit", under=three, bound=value - 3) == []
    assert claims(solved, "merit", under=three, bound=value - 4) == ["record-proof"]
    kept = solved[1].goals["continuity"]
    half = scheme(goals__continuity__tolerance="50%")
    assert claims(solved, "continuity", under=half, bound=2 * kept) == []
    assert claims(solved, "continuity", under=half, bound=2 * kept + 1) == ["record-proof"]


def test_several_false_claims_are_all_found(solved: tuple[Result, Audit]) -> None:
    result, audit = solved
    phases = list(result.goals)
    phases[0] = dataclasses.replace(phases[0], value=7)
    phases[1] = dataclasses.replace(phases[1], bound=None)
    phases[2] = dataclasses.replace(phases[2], proven=False)
    found = [f.code for f in check_record(PLAIN, audit, Status.OPTIMAL, phases)]
    assert found == ["record-value", "record-proof", "record-status"]


def _phase(solved: tuple[Result, Audit], name: str) -> Phase:
    return next(p for p in solved[0].goals if p.name == name)


# --- levels ------------------------------------------------------------------------------------------

LEXI = scheme(
    goals='[{ name = "coverage" }, { name = "leximin", measure = "npl", levels = 2 }, { name = "draw" }]'
)


def levelled(**false: object) -> list[str]:
    """S1 1000, S2 600, so that the two levels of leximin are 600 and 1000; the draw counts 7."""
    audit = Audit((), {"coverage": 0, "leximin": 600, "draw": 7}, {"leximin": (600, 1000)})
    levels = Phase("leximin", "max", 600, 600, True, 0.0, (600, 1000))
    phases = (
        Phase("coverage", "min", 0, 0, True, 0.0),
        dataclasses.replace(levels, **false),  # type: ignore[arg-type]
        Phase("draw", "min", 7, 7, True, 0.0),
    )
    return [f.code for f in check_record(LEXI, audit, Status.OPTIMAL, phases)]


def test_the_levels_are_those_of_the_recount() -> None:
    assert levelled() == []
    for wrong in (None, (), (600,), (600, 999), (601, 1000), (1000, 600), (600, 1000, 1000)):
        assert levelled(levels=wrong) == ["record-levels"]
    assert levelled(value=599, bound=599) == ["record-value"]  # not the first level
    assert levelled(value=599, bound=599, levels=(599, 1000)) == ["record-levels", "record-value"]


def test_a_proof_of_levels_stands_at_its_bound() -> None:
    assert levelled(bound=601) == ["record-proof"]
    assert levelled(bound=599) == ["record-bound"]


@pytest.mark.parametrize("name", NAMES)
def test_no_other_goal_has_levels(solved: tuple[Result, Audit], name: str) -> None:
    assert claims(solved, name, levels=(solved[1].goals[name],)) == ["record-levels"]
    assert claims(solved, name, levels=()) == ["record-levels"]
