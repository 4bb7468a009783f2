"""The arrays a solver gets: who may hold what, whole numbers, and what is refused before any search."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from audit_bank import SEED, case, deposit, key, loan, scheme, staff

from cmopt.domain.clients import Case, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Problem
from cmopt.domain.scheme import Scheme
from cmopt.errors import InputError
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.problem.eligibility import may_hold

PLAIN = scheme()


def built(of: Case, under: Scheme = PLAIN) -> Problem:
    return build_problem(of, under, grade(of.roster, under, SEED), SEED)


def refused(of: Case, under: Scheme = PLAIN) -> list[str]:
    with pytest.raises(InputError) as caught:
        built(of, under)
    return [f.code for f in caught.value.findings]


def test_who_may_hold_what() -> None:
    links = (Link("S1", "C1", "forbid"), Link("J1", "C1", "allow"), Link("M1", "C2", "forbid"))
    bank = case(loan("C1", 1000), loan("C2", 600), key("K1", 300), loan("C4", 499), links=links)
    problem = built(bank)
    assert problem.accounts == ("C1", "C2", "K1")  # in the order of ids; C4 is not divided
    able = {
        c: [problem.managers[i] for i in who]
        for c, who in zip(problem.accounts, problem.may_hold, strict=True)
    }
    seniors = ["S1", "S2", "S3", "S4"]
    assert able == {"C1": ["J1", "S2", "S3", "S4"], "C2": ["M2", *seniors], "K1": seniors}
    assert "N1" not in problem.managers


def test_each_reason_against_somebody() -> None:
    links = (Link("S1", "C1", "forbid"), Link("N1", "C1", "allow"), Link("M1", "C2", "pin"))
    bank = case(loan("C1", 1000), loan("C2", 600), links=links)
    grades = grade(bank.roster, PLAIN, SEED)
    segments = PLAIN.segment_by_key

    def why(staff_id: str, client_id: str, segment: str) -> str | None:
        said = may_hold(grades[staff_id], segments[segment], bank.link_of.get((staff_id, client_id)))
        return None if said is None else said.text

    assert "recused" in (why("S1", "C1", "large_loan") or "")
    assert "client manager" in (why("N1", "C1", "large_loan") or "")
    assert "tier" in (why("M1", "C1", "large_loan") or "")
    assert why("M1", "C2", "medium_loan") is None  # a pin opens nothing and bars nothing by itself
    assert why("S2", "C1", "large_loan") is None


def test_incumbents_and_keepers() -> None:
    bank = case(loan("C1", 1000, "S1"), loan("C2", 1000, "M1"), loan("C3", 1000, "N1"), loan("C4", 1000))
    problem = built(bank)
    number = problem.manager_number
    assert problem.incumbent == (number["S1"], number["M1"], None, None)
    assert problem.keeper == (number["S1"], None, None, None)


def test_teams_caps_and_pins() -> None:
    bank = case(
        key("K1", 300, "M1"), key("K2", 300, "S2"), loan("C1", 1000), links=(Link("S1", "C1", "pin"),)
    )
    problem = built(bank)
    (team,), (cap,) = problem.teams, problem.caps
    c1, k1, k2 = (problem.accounts.index(c) for c in ("C1", "K1", "K2"))
    assert (team.accounts, team.size, team.least, team.excluded) == ((k1, k2), 2, 1, (c1,))
    assert {problem.managers[i] for i, s in enumerate(team.served) if s} == {"M1", "S2"}
    assert (cap.accounts, cap.k) == ((c1,), 1)
    assert problem.pins == ((problem.manager_number["S1"], c1),)


def test_a_team_without_accounts_has_no_seats() -> None:
    assert [t.size for t in built(case(loan("C1", 1000))).teams] == [0]


def test_loads_are_divided_by_their_common_divisor() -> None:
    """Base 200 and 400, accounts 1000 and 600 万元: in units of 200; the widest possible is 400 + 1000."""
    bank = case(
        loan("D1", 200, "S1"), loan("D2", 400, "S2"), loan("C1", 1000), loan("C2", 600), people=staff("S1 S2")
    )
    loans = next(s for s in built(bank).spreads if (s.tier, s.measure) == ("senior", "loan_balance"))
    assert (loans.base, loans.load, loans.scale) == ((1, 2), (5, 3), 7)


def test_the_arrays_are_frozen() -> None:
    problem = built(case(loan("C1", 1000)))
    with pytest.raises(ValueError, match="read-only"):
        problem.eligible[0, 0] = False
    with pytest.raises(dataclasses.FrozenInstanceError):
        problem.accounts = ()  # type: ignore[misc]
    assert problem.replace(pins=()).pins == ()


def test_the_order_of_rows_changes_nothing() -> None:
    bank = case(loan("C1", 1000, "S1"), loan("C2", 600), key("K1", 300), links=(Link("S1", "C1", "forbid"),))
    again = Case(type(bank.roster)(bank.roster.staff[::-1]), bank.clients[::-1], bank.links[::-1])
    one, two = built(bank), built(again)
    for field in dataclasses.fields(Problem):
        a: Any = getattr(one, field.name)
        b: Any = getattr(two, field.name)
        assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b, field.name


# --- refused before any search -----------------------------------------------------------------------


def test_f53_no_clients_no_managers() -> None:
    assert refused(case(loan("C1", 499))) == ["no-accounts"]
    assert refused(case()) == ["no-accounts"]
    assert refused(case(loan("C1", 1000), people=staff("N1"))) == ["no-managers"]
    assert refused(case(people=staff("N1"))) == ["no-accounts", "no-managers"]


def test_an_account_that_needs_several_managers_has_several_places() -> None:
    bank = case(loan("C1", 1000, managers_needed=2), loan("C2", 1000, managers_needed=3), loan("C3", 1000))
    problem = built(bank)
    assert problem.accounts == ("C1", "C1", "C2", "C2", "C2", "C3")
    assert problem.same == ((0, 1), (2, 3, 4))
    assert [problem.level[j] for j in sorted(problem.backups)] == [0, 0, 0]
    assert [problem.balance[j] for j in sorted(problem.backups)] == [0, 0, 0]
    assert built(case(loan("C1", 1000), loan("C4", 10, managers_needed=2))).accounts == ("C1",)


def test_a_pin_on_nobody() -> None:
    bank = case(loan("C1", 1000), loan("C2", 600), links=(Link("N1", "C1", "pin"), Link("N1", "C2", "pin")))
    assert refused(bank) == ["pin-no-manager"] * 2


def test_f57_figures_too_large_to_be_exact() -> None:
    """10^13 万元 at a resolution of a million would not fit 64 bits: refused by measure, never wrapped."""
    huge = 10**13
    bank = case(loan("C1", huge + 1), loan("C2", huge), deposit("D1", 7, "S1"))
    fine = scheme(balance__resolution="1000000")
    assert set(refused(bank, fine)) == {"too-large"}
    assert built(case(loan("C1", 1000), loan("C2", 1500)), fine).resolution == 10**6


def test_large_round_figures_are_exact_in_their_own_unit() -> None:
    """Divided by what all of them have in common, they are small again."""
    bank = case(loan("C1", 10**9), loan("C2", 2 * 10**9), people=staff("S1 S2"))
    loans = next(s for s in built(bank).spreads if s.measure == "loan_balance")
    assert (loans.load, loans.scale) == ((1, 2), 2)
    assert built(bank).balance == (10**9 * UNIT, 2 * 10**9 * UNIT)
