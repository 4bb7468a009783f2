"""Each hard rule: a division it accepts, and one it rejects by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from audit_bank import audited, case, codes, deposit, key, loan, scheme

import cmopt.audit
from cmopt.domain.clients import Link

PLAIN = scheme()
LOANS = case(loan("C1", 1000), loan("C2", 999), loan("C3", 500), loan("C4", 499))


def test_only_divided_accounts() -> None:
    """C4 is below 500: it is base load."""
    whole = {"C1": "S1", "C2": "S2", "C3": "M1"}
    assert codes(LOANS, PLAIN, whole) == []
    assert codes(LOANS, PLAIN, {**whole, "C4": "S3"}) == ["audit-stray"]
    assert codes(LOANS, PLAIN, {**whole, "C9": None}) == ["audit-stray"]


def test_an_account_the_division_does_not_name_counts_as_left_out() -> None:
    found = audited(LOANS, PLAIN, {"C1": "S1"})
    assert found.clean
    assert found.goals["coverage"] == 2


@pytest.mark.parametrize(
    ("client", "holder", "accepted"),
    [
        ("C1", "S1", True),
        ("C1", "M1", False),  # a large loan is for seniors
        ("C2", "M1", True),
        ("C2", "S1", True),
        ("C2", "J1", False),
        ("C3", "J1", False),
        ("C3", "N1", False),  # no client manager at all
    ],
)
def test_tiers(client: str, holder: str, accepted: bool) -> None:
    found = codes(LOANS, PLAIN, {"C1": None, "C2": None, "C3": None, client: holder})
    assert found == ([] if accepted else ["audit-eligibility"])


def test_nobody_who_is_not_on_the_roster() -> None:
    assert codes(LOANS, PLAIN, {"C1": "S9"}) == ["audit-unknown"]


def test_a_recusal_bars_and_an_allow_opens() -> None:
    links = (
        Link("S1", "C1", "forbid"),
        Link("J1", "C1", "allow"),
        Link("N1", "C2", "allow"),
        Link("M1", "C2", None, bid=1),
    )
    bank = case(loan("C1", 1000), loan("C2", 600), links=links)
    assert codes(bank, PLAIN, {"C1": "S1"}) == ["audit-eligibility"]
    assert codes(bank, PLAIN, {"C1": "S2"}) == []
    assert codes(bank, PLAIN, {"C1": "J1"}) == []
    assert codes(bank, PLAIN, {"C2": "M1"}) == []  # a bid is no rule
    assert codes(bank, PLAIN, {"C2": "N1"}) == ["audit-eligibility"]  # nobody without a tier


def test_at_most_one_of_the_27() -> None:
    bank = case(loan("C1", 1000), loan("C2", 600), key("K1", 300), key("K2", 300))
    team = {"K1": "S3", "K2": "S4"}
    assert codes(bank, PLAIN, {"C1": "S1", "C2": "S2", **team}) == []
    assert codes(bank, PLAIN, {"C1": "S1", "C2": "S1", **team}) == ["audit-at-most"]
    two = scheme(at_most__one_of_27__k="2")
    assert codes(bank, two, {"C1": "S1", "C2": "S1", **team}) == []


def test_small_clients_do_not_count() -> None:
    bank = case(loan("C1", 1000, "S1"), loan("C4", 499, "S1"), deposit("D1", 5000, "S1"))
    assert codes(bank, PLAIN, {"C1": "S1"}) == []


KEYS = case(key("K1", 900), key("K2", 800), key("K3", 700), loan("C1", 1000))


@pytest.mark.parametrize(
    ("holders", "found"),
    [
        ("S1 S2 S2", []),
        ("S1 S1 S1", ["audit-team-size"]),
        ("S1 S2 S3", ["audit-team-size"]),
        ("S1 S2 -", []),  # one left out, the seats are filled
        ("- - -", ["audit-team-size"]),
        ("S1 M1 -", ["audit-eligibility"]),  # a seat is taken, but by somebody who may not
    ],
)
def test_a_team_has_its_declared_size(holders: str, found: list[str]) -> None:
    who = [None if h == "-" else h for h in holders.split()]
    assert codes(KEYS, PLAIN, {"C1": "S4", **dict(zip(("K1", "K2", "K3"), who, strict=True))}) == found


def test_a_member_holds_the_least_number_of_accounts() -> None:
    two_each = scheme(teams__deposit_team__least="2")
    bank = case(*(key(f"K{n}", 500) for n in range(4)))
    assert codes(bank, two_each, {"K0": "S1", "K1": "S1", "K2": "S2", "K3": "S2"}) == []
    assert codes(bank, two_each, {"K0": "S1", "K1": "S1", "K2": "S1", "K3": "S2"}) == ["audit-team-least"]


def test_members_hold_none_of_what_the_team_excludes() -> None:
    seats = {"K1": "S1", "K2": "S2", "K3": "S2"}
    assert codes(KEYS, PLAIN, {**seats, "C1": "S3"}) == []
    assert codes(KEYS, PLAIN, {**seats, "C1": "S1"}) == ["audit-team-exclusive"]
    together = scheme(teams__deposit_team__exclusive_of="[]")
    assert codes(KEYS, together, {**seats, "C1": "S1"}) == []


def test_without_accounts_there_is_no_team_to_fill() -> None:
    assert codes(LOANS, PLAIN, {"C1": "S1"}) == []


def test_pins_are_kept() -> None:
    bank = case(loan("C1", 1000), loan("C4", 100), links=(Link("S2", "C1", "pin"), Link("J1", "C4", "pin")))
    assert codes(bank, PLAIN, {"C1": "S2"}) == []  # C4 is not divided
    assert codes(bank, PLAIN, {"C1": "S1"}) == ["audit-pin"]
    assert codes(bank, PLAIN, {"C1": None}) == ["audit-pin"]


def test_incumbents_are_kept_only_where_that_is_a_rule() -> None:
    rule = scheme(incumbency__mode="rule")
    bank = case(loan("C1", 1000, "S1"), loan("C2", 1000, "J1"), loan("C3", 1000, "S1"))
    moved = {"C1": "S2", "C2": "S3"}
    assert codes(bank, PLAIN, moved) == []
    assert codes(bank, rule, moved) == ["audit-incumbent"] * 2  # C1, C3; J1 lost eligibility
    assert codes(bank, rule, {"C1": "S1", "C2": "S2", "C3": None}) == ["audit-incumbent"]
    one = case(loan("C1", 1000, "S1"), loan("C2", 1000, "J1"))
    assert codes(one, rule, {"C1": "S1", "C2": "S2"}) == []


def test_every_breach_is_named_at_once() -> None:
    bank = case(loan("C1", 1000), loan("C2", 600), loan("C3", 700), links=(Link("M2", "C3", "pin"),))
    found = codes(bank, PLAIN, {"C1": "M1", "C2": "M1", "C3": "S1", "X": "S1"})
    assert sorted(found) == ["audit-at-most", "audit-eligibility", "audit-pin", "audit-stray"]


def test_the_audit_imports_no_solver_and_no_problem() -> None:
    for path in Path(cmopt.audit.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(n.startswith(("cmopt.problem", "cmopt.solvers")) for n in names), path
            assert "cmopt.domain.problem" not in names, path
