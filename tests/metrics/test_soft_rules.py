"""Soft rules that were not kept: who, by how much, at what cost."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from metrics_bank import annual, case, grades, loan

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Limit, Scheme
from cmopt.metrics.soft import Overstepped, overstepped

TITLE = {"zh": "限额", "en": "limit"}


def under(limits: list[dict[str, Any]], **more: Any) -> Scheme:
    """The annual plan with these limits and no other."""
    told = tuple(
        Limit.model_validate({"key": f"limit_{n}", "title": TITLE, **limit}) for n, limit in enumerate(limits)
    )
    return annual().model_copy(update={"limits": told, **more})


def found(of: Case, scheme: Scheme, tiers: dict[str, Any], allocation: Allocation) -> list[tuple[Any, ...]]:
    return [
        (x.rule, x.who, x.beyond / UNIT, x.below, x.cost) for x in overstepped(of, scheme, tiers, allocation)
    ]


BANK = case("a b c", [loan("c1", 1200), loan("c2", 1500), loan("c3", 700), loan("c4", 100, "a")])
TIERS = grades(a="senior", b="senior", c="intermediate")


def test_most_and_least_with_the_base_load_and_steps() -> None:
    limits = [
        {"measure": "loan_balance", "tiers": ["senior"], "least": 1250, "most": 1500, "price": 3, "step": 40}
    ]
    held = Allocation({"c1": "b", "c2": "a", "c3": "c"})
    # a: 1500 + 100 of base load = 1600, 100 too much, three begun steps of 40; b: 1200, 50 too little, two.
    assert found(BANK, under(limits), TIERS, held) == [
        ("limit_0", "a", 100, False, 9),
        ("limit_0", "b", 50, True, 6),
    ]
    without = [{**limits[0], "base": False}]
    assert found(BANK, under(without), TIERS, held) == [("limit_0", "b", 50, True, 6)]


def test_nothing_is_said_where_all_is_kept_or_the_rule_is_hard() -> None:
    held = Allocation({"c1": "b", "c2": "a", "c3": "c"})
    limit = {"measure": "loan_balance", "tiers": ["senior"], "most": 1600}
    assert found(BANK, under([{**limit, "price": 1}]), TIERS, held) == []
    assert found(BANK, under([{**limit, "most": 10}]), TIERS, held) == []


def test_groups_share_a_limit_and_a_band_lies_around_the_mean() -> None:
    held = Allocation({"c1": "b", "c2": "a", "c3": "c"})
    together = {"measure": "loan_balance", "tiers": ["senior", "intermediate"], "per": "tier", "most": 2000}
    assert found(BANK, under([{**together, "price": 1}]), TIERS, held) == [
        ("limit_0", "senior", 800, False, 800)
    ]
    band = {"tiers": ["senior", "intermediate"], "within": "10%", "price": 5}  # accounts: a 2, b 1, c 1
    rows = overstepped(BANK, under([band]), TIERS, held)
    mean = Fraction(4, 3)
    assert [(x.who, x.kind, x.beyond / UNIT, x.below, x.cost) for x in rows] == [
        ("a", "accounts", 2 - mean * Fraction(11, 10), False, 5),
        ("b", "accounts", mean * Fraction(9, 10) - 1, True, 5),
        ("c", "accounts", mean * Fraction(9, 10) - 1, True, 5),
    ]


def test_columns_give_each_person_a_limit_and_team_members_may_be_free() -> None:
    people = tuple(
        Staff(s, f"员工 {s}", "A", measures={"额度": n * UNIT} if n else {})
        for s, n in (("a", 900), ("b", 0))
    )
    bank = Case(Roster(people), (loan("c1", 1200), loan("c2", 1500)))
    limit = {
        "measure": "loan_balance",
        "tiers": ["senior"],
        "most_column": "额度",
        "most": 1300,
        "price": 1,
        "step": 100,
    }
    tiers = grades(a="senior", b="senior")
    held = Allocation({"c1": "a", "c2": "b"})
    assert found(bank, under([limit]), tiers, held) == [
        ("limit_0", "a", 300, False, 3),
        ("limit_0", "b", 200, False, 2),
    ]
    team = annual().teams[0].model_copy(update={"segments": ("large_loan",), "exclusive_of": ()})
    free = under([{**limit, "except_teams": True}], teams=(team,))
    assert found(bank, free, tiers, held) == []


def test_backups_carry_their_share_and_pairs_their_own_figure() -> None:
    scheme = under([{"measure": "loan_balance", "tiers": ["senior"], "most": 1000, "price": 1}])
    scheme = scheme.model_copy(update={"backups": scheme.backups.model_copy(update={"share": 2500})})
    bank = Case(
        BANK.roster,
        (loan("c1", 1200, managers_needed=2), loan("c2", 1500)),
        (Link("b", "c1", measures={"balance": 5000 * UNIT}),),
    )
    held = Allocation({"c1": "a", "c2": None}, {"c1": ("b",)})
    assert [(x.who, x.total / UNIT) for x in overstepped(bank, scheme, TIERS, held)] == [
        ("a", 1200),
        ("b", 1250),
    ]


def test_soft_caps_count_accounts_and_backups_where_the_scheme_says_so() -> None:
    cap = annual().at_most[0].model_copy(update={"price": 7})
    scheme = under([], at_most=(cap,))
    bank = case("a b", [loan("c1", 1200, managers_needed=2), loan("c2", 1500), loan("c3", 700)])
    held = Allocation({"c1": "b", "c2": "a", "c3": "a"}, {"c1": ("a",)})

    def told(of: Scheme) -> list[Overstepped]:
        return list(overstepped(bank, of, TIERS, held))

    (row,) = told(scheme)
    assert (row.rule, row.who, row.kind, row.total, row.allowed, row.cost) == (
        cap.key, "a", "accounts", 2 * UNIT, UNIT, 7,
    )  # fmt: skip
    counted = scheme.backups.model_copy(update={"in_caps": True})
    assert [x.cost for x in told(scheme.model_copy(update={"backups": counted}))] == [14]
