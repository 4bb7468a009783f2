"""Where there is no division: what conflicts, with numbers, and that the loosening it names works."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from audit_bank import SEED, case, key, loan, scheme, staff

from cmopt.domain.clients import Case, Link
from cmopt.domain.limits import Limits
from cmopt.domain.problem import Problem
from cmopt.domain.result import Status
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding
from cmopt.explain import explain_infeasible
from cmopt.grading import grade
from cmopt.problem import build_problem
from cmopt.solvers.cpsat import CpSat, is_feasible

PLAIN = scheme()


def problem_of(of: Case, under: Scheme = PLAIN) -> Problem:
    return build_problem(of, under, grade(of.roster, under, SEED), SEED)


def explained(of: Case, under: Scheme = PLAIN) -> list[Finding]:
    """What is said where the solver found no division."""
    problem = problem_of(of, under)
    result = CpSat().solve(problem, Limits(None))
    assert (result.status, result.allocation, result.goals) == (Status.INFEASIBLE, None, ())
    found = explain_infeasible(problem, under, is_feasible)
    assert all(f.severity == "error" and f.message.render("zh") for f in found)
    return found


def pins_named(finding: Finding) -> set[tuple[str, str]]:
    told = [str(p).split(" → ") for p in finding.message.params["pins"].items]
    return {(staff_id, client_id) for client_id, staff_id in told}


def without(of: Case, *pins: tuple[str, str]) -> Case:
    return Case(of.roster, of.clients, tuple(k for k in of.links if (k.staff_id, k.client_id) not in pins))


# --- pins --------------------------------------------------------------------------------------------


def test_pins_that_conflict_are_the_smallest_set() -> None:
    """S1 is pinned to two of the 27; the pin of S2 has nothing to do with it."""
    links = (Link("S1", "C1", "pin"), Link("S1", "C2", "pin"), Link("S2", "C3", "pin"))
    bank = case(loan("C1", 1000), loan("C2", 1000), loan("C3", 1000), links=links)
    found = explained(bank)
    assert [f.code for f in found] == ["conflict-pins"]
    named = pins_named(found[0])
    assert named == {("S1", "C1"), ("S1", "C2")}
    assert "any one" in found[0].message.text
    for pin in named:
        assert is_feasible(problem_of(without(bank, pin)))


def test_pins_and_a_team() -> None:
    """Three seniors pinned to loans leave one for two seats; dropping any one of the three is enough."""
    links = tuple(Link(f"S{n}", f"C{n}", "pin") for n in (1, 2, 3))
    bank = case(*(loan(f"C{n}", 1000) for n in (1, 2, 3)), key("K1", 900), key("K2", 900), links=links)
    (found,) = explained(bank)
    named = pins_named(found)
    assert len(named) == 3
    for n in range(3):
        for fewer in combinations(named, n):
            gone = named - set(fewer)
            assert is_feasible(problem_of(without(bank, *gone)))


def test_two_conflicts_are_both_told_and_nothing_is_promised() -> None:
    links = tuple(Link(s, c, "pin") for s, c in (("S1", "C1"), ("S1", "C2"), ("S2", "C3"), ("S2", "C4")))
    bank = case(*(loan(f"C{n}", 1000) for n in (1, 2, 3, 4)), links=links)
    found = explained(bank)
    named = sorted(sorted(pins_named(f)) for f in found)
    assert named == [[("S1", "C1"), ("S1", "C2")], [("S2", "C3"), ("S2", "C4")]]
    assert not any("enough" in f.message.text for f in found)
    assert is_feasible(problem_of(without(bank, *(min(pins_named(f)) for f in found))))


def test_two_pins_of_one_account() -> None:
    bank = case(loan("C1", 1000), links=(Link("S1", "C1", "pin"), Link("S2", "C1", "pin")))
    (found,) = explained(bank)
    assert pins_named(found) == {("S1", "C1"), ("S2", "C1")}


def test_a_pin_on_somebody_of_another_tier() -> None:
    bank = case(loan("C1", 1000), links=(Link("M1", "C1", "pin"), Link("S2", "C1", "allow")))
    (found,) = explained(bank)
    assert found.code == "conflict-pin-barred"
    assert pins_named(found) == {("M1", "C1")}


# --- teams -------------------------------------------------------------------------------------------


def settings_named(finding: Finding) -> dict[str, str]:
    """What the message says would do."""
    return dict(re.findall(r"--set ([a-z_.0-9]+)=(\w+)", finding.message.render("en")))


def _team_of(size: int = 2, least: int = 1) -> Scheme:
    return scheme(teams__deposit_team__size=str(size), teams__deposit_team__least=str(least))


def _keys(count: int, people: str = "S1 S2 S3 S4", links: tuple[Link, ...] = ()) -> Case:
    return case(*(key(f"K{n}", 500) for n in range(count)), people=staff(people), links=links)


ALL_BARRED_FROM_K1 = tuple(Link(s, "K1", "forbid") for s in ("S1", "S2", "S3"))


@pytest.mark.parametrize(
    ("bank", "under", "code"),
    [
        pytest.param(_keys(4, "S1 S2 M1"), _team_of(3), "conflict-team-size", id="three seats, two seniors"),
        pytest.param(_keys(3), _team_of(2, 2), "conflict-team-least", id="two accounts each, three accounts"),
        pytest.param(
            _keys(2, "S1 S2 S3", ALL_BARRED_FROM_K1),
            _team_of(2),
            "conflict-team-size",
            id="one account for two",
        ),
    ],
)
def test_a_team_that_cannot_be_filled(bank: Case, under: Scheme, code: str) -> None:
    (found,) = explained(bank, under)
    assert found.code == code
    assert found.message.params["size"] == under.teams[0].size
    (size,) = settings_named(found).values()
    smaller = scheme(teams__deposit_team__size=size, teams__deposit_team__least=str(under.teams[0].least))
    assert is_feasible(problem_of(bank, smaller))
    larger = scheme(
        teams__deposit_team__size=str(int(size) + 1), teams__deposit_team__least=str(under.teams[0].least)
    )
    assert not is_feasible(problem_of(bank, larger))  # the smallest loosening


def test_a_team_whose_accounts_nobody_may_hold() -> None:
    """No size of nought is proposed, which a scheme cannot have."""
    (found,) = explained(case(key("K1", 900), people=staff("M1 J1")))
    assert found.code == "conflict-team-size"
    assert settings_named(found) == {}
    assert found.message.params["n"] == 0


def test_a_member_who_needs_more_accounts_than_there_are() -> None:
    under = scheme(teams__deposit_team__size="1", teams__deposit_team__least="2")
    (found,) = explained(case(key("K1", 900)), under)
    assert found.code == "conflict-team-least"
    wanted = settings_named(found)
    assert wanted == {"teams.deposit_team.least": "1"}
    assert is_feasible(problem_of(case(key("K1", 900)), scheme(teams__deposit_team__size="1")))


# --- incumbents as a rule ----------------------------------------------------------------------------

RULE = scheme(incumbency__mode="rule")


def test_an_incumbent_who_holds_two_of_the_27() -> None:
    (found,) = explained(case(loan("C1", 1000, "S1"), loan("C2", 600, "S1"), loan("C3", 600, "S2")), RULE)
    assert found.code == "conflict-incumbency"
    assert found.message.params["who"].render("en") == "S1"
    assert settings_named(found) == {"incumbency.mode": "goal"}


def test_more_incumbents_than_seats() -> None:
    bank = case(key("K1", 900, "S1"), key("K2", 900, "S2"), key("K3", 900, "S3"))
    (found,) = explained(bank, RULE)
    assert found.code == "conflict-incumbency"
    assert (found.message.params["n"], found.message.params["size"]) == (3, 2)
    assert is_feasible(problem_of(bank))


def test_incumbents_who_leave_nobody_for_the_team() -> None:
    bank = case(
        key("K1", 900), key("K2", 900), *(loan(f"C{n}", 1000, f"S{n}") for n in (1, 2, 3)), people=staff()
    )
    (found,) = explained(bank, RULE)
    assert found.code == "conflict-incumbency"
    assert "who" not in found.message.params
    assert is_feasible(problem_of(bank))
