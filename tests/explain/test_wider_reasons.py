"""Reasons under backups, limits, soft rules, bids: what is said is so, and no cause is named that is none."""

from __future__ import annotations

from typing import Any

import pytest
from audit_bank import SEED, case, deposit, key, loan, scheme

from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.scheme import Scheme
from cmopt.explain import explain_lines
from cmopt.grading import grade
from cmopt.problem import build_problem

LIMIT = (
    '[{ key = "ceiling", title = { zh = "贷款上限", en = "Loan ceiling" }, measure = "loan_balance", '
    'tiers = ["senior", "intermediate"], most = 2000%s }]'
)
GOALS = '[{ name = "coverage" }, { name = "merit" }, { name = "bids" }%s, { name = "draw" }]'


def told(
    of: Case,
    holder: dict[str, str | None],
    backups: dict[str, tuple[str, ...]] | None = None,
    **overrides: str,
) -> list[Line]:
    under: Scheme = scheme(**overrides)
    grades = grade(of.roster, under, SEED)
    problem = build_problem(of, under, grades, SEED)
    allocation = Allocation({c: holder.get(c) for c in problem.accounts}, backups or {})
    lines = list(explain_lines(of, under, grades, problem, allocation))
    for line in lines:
        assert "{" not in line.reason.render("en") + line.reason.render("zh")
    return lines


def said(line: Line) -> str:
    return line.reason.render("en")


# --- several managers --------------------------------------------------------------------------------


def test_the_lead_comes_first_then_the_backups_in_id_order_then_the_gaps() -> None:
    bank = case(loan("C1", 1200, "S3", managers_needed=4), loan("C2", 1100))
    lines = told(bank, {"C1": "S3", "C2": "S1"}, {"C1": ("S1", "S4")})
    assert [(x.client_id, x.staff_id, x.role, x.previous, x.outcome) for x in lines] == [
        ("C1", "S3", "lead", "S3", "kept"),
        ("C1", "S1", "backup", None, "new"),
        ("C1", "S4", "backup", None, "new"),
        ("C1", None, "backup", None, "unassigned"),
        ("C2", "S1", "manager", None, "new"),
    ]
    shuffled = [lines[n] for n in (3, 1, 4, 0, 2)]
    assert sorted(shuffled, key=lambda x: x.place) == lines
    assert all("backup of S3" in said(x) for x in lines[1:3])
    assert "too few of the 4 who may hold it" in said(lines[3])  # four seniors, four places: no arithmetic


def test_nothing_but_the_draw_only_where_nothing_else_looks_at_backups() -> None:
    bank = case(loan("C1", 1200, managers_needed=2), links=(Link("S2", "C1", fit=3 * UNIT),))
    division: tuple[Any, ...] = ({"C1": "S1"}, {"C1": ("S2",)})
    draw = "nothing but the draw"
    plain = {"jurisdiction": "[]"}
    assert draw in said(told(bank, *division, **plain)[1])
    for looks in (
        {"jurisdiction": '["large_loan"]'},
        {**plain, "backups__share": "10%"},
        {**plain, "backups__in_caps": "true"},
        {**plain, "goals": GOALS % ', { name = "fit" }'},
    ):
        assert draw not in said(told(bank, *division, **looks)[1]), looks


def test_pins_as_one_of_several_and_an_incumbent_who_stays_as_backup() -> None:
    links = (Link("S2", "C1", "pin"), Link("S4", "C1", "pin"))
    bank = case(loan("C1", 1200, "S3", managers_needed=3), links=links)
    lead, *backups = told(bank, {"C1": "S2"}, {"C1": ("S3", "S4")})
    assert said(lead).startswith("S3 hands over the lead and stays as backup; given to S2")
    assert "pinned as one of its 3 managers" in said(lead)
    assert "who held it before" in said(backups[0])
    assert "pinned as one of its 3 managers" in said(backups[1])


def test_a_pin_of_somebody_else_is_no_cause_while_places_are_left() -> None:
    pin = (Link("S2", "C1", "pin"),)
    for needed, cause in ((1, True), (2, False)):
        bank = case(loan("C1", 1200, "S3", managers_needed=needed), links=pin)
        lead = told(bank, {"C1": "S2"}, {"C1": ("S1",)} if needed > 1 else None)[0]
        assert ("pinned to somebody else" in said(lead)) is cause


def test_why_a_backup_is_missing() -> None:
    few = case(loan("C1", 1200, managers_needed=6))
    assert "needs 6 managers, and only 4 may hold it" in said(told(few, {"C1": "S1"})[1])
    assert "no lead manager" in said(told(few, {"C1": None})[1])
    # In caps, three accounts of two managers need six places, and four seniors have one each.
    many = case(*(loan(f"C{n}", 1200, managers_needed=2) for n in range(3)))
    holder = {"C0": "S1", "C1": "S2", "C2": "S3"}
    lines = told(many, holder, {"C0": ("S4",)}, backups__in_caps="true")
    missing = [x for x in lines if x.outcome == "unassigned"]
    assert len(missing) == 2
    for line in missing:
        assert dict(line.reason.params) == {"n": 6, "m": 4, "each": 1, "missing": 2}
    free = told(many, holder, {"C0": ("S4",)})
    assert all("must stay empty" not in said(x) for x in free)


# --- limits ------------------------------------------------------------------------------------------


BASE = tuple(loan(f"B{n}", 290, "S1") for n in range(3))  # S1 holds 870 besides, which is not divided
FULL = 'the limit "Loan ceiling" allows no more than 2000 (Loan balance), and with it the total would be %s'


def test_an_incumbent_without_room_under_a_hard_limit_and_none_under_a_soft_one() -> None:
    bank = case(loan("C1", 1200, "S1"), *BASE)
    gives_up = f"S1 gives it up: {FULL % 2070}"
    assert gives_up in said(told(bank, {"C1": "S2"}, limits=LIMIT % "")[0])
    soft = {"limits": LIMIT % ", price = 4", "goals": GOALS % ', { name = "penalty" }'}
    assert "Loan ceiling" not in said(told(bank, {"C1": "S2"}, **soft)[0])
    fits = case(loan("C1", 1130, "S1"), *BASE)
    assert "Loan ceiling" not in said(told(fits, {"C1": "S2"}, limits=LIMIT % "")[0])
    assert "Loan ceiling" not in said(told(bank, {"C1": "S2"}, limits=LIMIT % ", base = false")[0])


def test_a_soft_cap_is_no_cause() -> None:
    bank = case(loan("C1", 1200, "S1"), loan("C2", 1300, "S1"))
    division = {"C1": "S1", "C2": "S2"}
    assert "keeps C1; the rule" in said(told(bank, division)[1])
    price = f"at_most__{scheme().at_most[0].key}__price"
    soft = {price: "5", "goals": GOALS % ', { name = "penalty" }'}
    assert "the rule" not in said(told(bank, division, **soft)[1])


def test_who_ranks_better_and_had_no_room_is_named_with_the_figures() -> None:
    bank = case(loan("C1", 1200), *BASE)
    reason = said(told(bank, {"C1": "S3"}, limits=LIMIT % "")[0])
    assert "ranked higher and holding less: 2 (S1, S2)" in reason
    assert f"of them 1 had no room for it beside what they hold (S1: {FULL % 2070})" in reason


def test_a_limit_on_a_group_counts_what_the_group_already_holds() -> None:
    """S1 and S2 of branch A hold 870 together: C1 would make it 2070, wherever in A; in B there is room."""
    bank = case(loan("C1", 1200), *BASE)
    reason = said(told(bank, {"C1": "S4"}, limits=LIMIT % ', per = "branch"')[0])
    assert "of them 2 had no room" in reason and reason.count("2070") == 2 and "S3:" not in reason
    inside = said(told(bank, {"C1": "S2"}, limits=LIMIT % ', per = "branch"')[0])
    assert "S1" in inside  # moved within the branch, the total is the same: over the limit either way
    assert "2070" in inside


def test_without_merit_nothing_is_said_of_ranks() -> None:
    goals = '[{ name = "coverage" }, { name = "draw" }]'
    assert "among those who may hold it, the goals decided" in said(
        told(case(loan("C1", 1200)), {"C1": "S1"}, goals=goals)[0]
    )


# --- bids --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bid", "words"),
    [(1, "it is their first choice"), (3, "it is their choice number 3"), (None, "did not bid")],
)
def test_the_place_of_the_bid_is_said_where_bids_are_a_goal(bid: int | None, words: str) -> None:
    links = (Link("S1", "C1", bid=bid), Link("S2", "C1", bid=2))
    bank = case(loan("C1", 1200), loan("C2", 1300), links=links)
    lines = told(bank, {"C1": "S1", "C2": "S2"}, goals=GOALS % "")
    assert words in said(lines[0])
    assert "bid" not in said(lines[1]) and "choice" not in said(lines[1])  # nobody bid for it
    assert words not in said(told(bank, {"C1": "S1", "C2": "S2"})[0])  # bids are no goal


# --- left out ----------------------------------------------------------------------------------------


def test_an_account_too_large_for_everybody() -> None:
    bank = case(loan("C1", 2500), loan("C2", 1200), *BASE)
    params = dict(told(bank, {"C2": "S2"}, limits=LIMIT % "")[0].reason.params)
    assert (params["m"], params["need"], params["room"]) == (4, "2500", "2000")


def test_accounts_too_large_together() -> None:
    """Three seniors are recused: S1 has 1130 left and two loans of 1000 to carry."""
    links = tuple(Link(s, c, "forbid") for s in ("S2", "S3", "S4") for c in ("C1", "C2"))
    bank = case(loan("C1", 1000), loan("C2", 1000), *BASE, links=links)
    loose = {"at_most": "[]"}
    line = told(bank, {"C2": "S1"}, limits=LIMIT % "", **loose)[0]
    params = dict(line.reason.params)
    assert (params["n"], params["m"], params["need"], params["room"]) == (2, 1, "2000", "1130")
    # A soft limit and one that leaves a manager free force nothing out.
    soft = {"goals": GOALS % ', { name = "penalty" }'}
    for limit, more in ((", price = 1", soft), (', branches = ["B"]', {})):
        assert "Loan ceiling" not in said(told(bank, {"C2": "S1"}, limits=LIMIT % limit, **loose, **more)[0])


@pytest.mark.parametrize("team", [False, True])
def test_an_exception_for_teams_binds_only_where_nobody_can_be_on_one(team: bool) -> None:
    links = tuple(Link(s, c, "forbid") for s in ("S2", "S3", "S4") for c in ("C1", "C2"))
    deposits = (key("K1", 900), key("K2", 900)) if team else ()
    bank = case(loan("C1", 1000), loan("C2", 1000), *BASE, *deposits, links=links)
    holder = {"C2": "S1", "K1": "S3", "K2": "S4"}
    line = told(bank, holder, limits=LIMIT % ", except_teams = true", at_most="[]")[0]
    assert ("Loan ceiling" in said(line)) is not team


def test_loads_below_nothing_prove_nothing() -> None:
    links = tuple(Link(s, c, "forbid") for s in ("S2", "S3", "S4") for c in ("C1", "C2"))
    pair = (Link("S1", "C3", measures={"balance": -900 * UNIT}),)
    bank = case(loan("C1", 1000), loan("C2", 1000), loan("C3", 1000), *BASE, links=(*links, *pair))
    line = told(bank, {"C2": "S1", "C3": "S2"}, limits=LIMIT % "", at_most="[]")[0]
    assert "Loan ceiling" not in said(line)


def test_team_members_and_key_deposits_are_told_as_before() -> None:
    bank = case(key("K1", 900, "S1"), key("K2", 900, "S2"), deposit("D1", 10, "S1"))
    lines = told(bank, {"K1": "S1", "K2": "S2"})
    assert [x.role for x in lines] == ["team", "team"]
