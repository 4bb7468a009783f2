"""The rows of fairness.csv and the scorecard made of them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics_bank import annual, case, grades, key_deposit, large_bank, loan

from cmopt.domain.allocation import Allocation
from cmopt.domain.fixed import UNIT
from cmopt.metrics import fairness, portfolios, scorecard
from cmopt.metrics.groups import group_difference, mean_difference, theil_between
from cmopt.metrics.indices import INDICES, theil

grouped = st.dictionaries(
    st.sampled_from("ABCD"), st.lists(st.integers(0, 10**9), min_size=1, max_size=6), min_size=1
).filter(lambda g: any(map(any, g.values())))


def rows_of(bank, tiers, allocation, scheme=None):
    scheme = scheme or annual()
    lines = portfolios(bank, scheme, tiers, allocation)
    return fairness(bank, scheme, tiers, lines, allocation, "exact")


def test_every_group_and_measure_has_every_index_once():
    rows = rows_of(*large_bank(2000))
    keys = [(r.metric, r.group, r.measure) for r in rows]
    assert len(keys) == len(set(keys))
    groups = {r.group for r in rows}
    assert {"bank", "tier:senior", "tier:senior/team", "tier:intermediate", "tiers", "branches"} <= groups
    assert sum(g.startswith("branch:") for g in groups) == 21
    measures = [*(m.key for m in annual().measures), "clients"]
    for group in groups - {"tiers", "branches"}:
        assert {(m, k) for m, g, k in keys if g == group and m in INDICES} == {
            (m, k) for m in INDICES for k in measures
        }
    for row in rows:
        assert row.solver == "exact"
        assert all(v is None or math.isfinite(v) for v in (row.before, row.after))


def test_rows_do_not_depend_on_row_order():
    bank, tiers, allocation = large_bank(300)
    turned = dict(reversed(tiers.items())), Allocation(dict(reversed(allocation.holder.items())))
    shuffled = type(bank)(type(bank.roster)(bank.roster.staff[::-1]), bank.clients[::-1])
    assert rows_of(shuffled, *turned) == rows_of(bank, tiers, allocation)


def test_teams_apart_only_where_the_scheme_says_so():
    scheme = annual()
    together = scheme.model_copy(update={"balance": scheme.balance.model_copy(update={"teams_apart": False})})
    assert "tier:senior/team" not in {r.group for r in rows_of(*large_bank(300), scheme=together)}


def test_spread_and_continuity_by_hand():
    bank = case(
        "a b c",
        [
            loan("c1", 1200, "a"),  # eligible, kept
            loan("c2", 1800, "c"),  # incumbent too low, moved
            loan("c3", 600, "b"),  # eligible, moved
            loan("c4", 700),  # nobody before
            loan("c5", 80, "c"),  # not divided
        ],
    )
    tiers = grades(a="senior", b="senior", c="junior")
    rows = rows_of(bank, tiers, Allocation({"c1": "a", "c2": "b", "c3": "a", "c4": None}))
    found = {(r.metric, r.group, r.measure): (r.before, r.after) for r in rows}
    assert found["spread", "tier:senior", "loan_balance"] == (600, 0)  # 万元: 1200 | 600, then 1800 | 1800
    assert found["spread", "tier:senior", "clients"] == (0, 1)
    assert found["continuity_count", "bank", "clients"] == (None, 1 / 2)
    assert found["continuity_balance", "bank", "balance"] == (None, 1200 / 1800)
    assert found["continuity_count_all", "bank", "clients"] == (None, 1 / 3)
    assert found["continuity_balance_all", "bank", "balance"] == (None, 1200 / 3600)
    assert found["justified_envy", "bank", "merit"] == (None, 0)
    assert found["group_difference", "branches", "loan_balance"] == (0, 0)  # one branch
    card = scorecard(rows, "exact")
    assert (card.justified_envies, card.continuity, card.continuity_all) == (0, 1 / 2, 1 / 3)
    assert (card.evened, card.widened) == (1, 1)
    empty = scorecard(rows, "another")
    assert (empty.justified_envies, empty.continuity, empty.balance) == (None, None, ())


def test_nothing_divided_is_absent_not_zero():
    rows = rows_of(case("a", []), grades(a="senior"), Allocation({}))
    found = {(r.metric, r.group, r.measure): (r.before, r.after) for r in rows}
    assert found["continuity_count", "bank", "clients"] == (None, None)
    assert found["gini", "bank", "clients"] == (None, None)
    assert found["spearman", "bank", "clients"] == (None, None)


def test_no_managers_at_all():
    rows = rows_of(case("a", [loan("c", 1200, "a")]), grades(a=None), Allocation({"c": None}))
    assert {r.group for r in rows} == {"bank", "tiers", "branches"}
    assert all(r.after is None for r in rows if r.metric in INDICES)


def test_merit_correlation_says_who_holds_more():
    bank = case("a b c", [loan(f"c{i}", w) for i, w in enumerate((1300, 1200, 1100))])
    tiers = grades(a="senior", b="senior", c="senior")
    for held, expected in (("abc", 1), ("cba", -1)):
        rows = rows_of(bank, tiers, Allocation({f"c{i}": s for i, s in enumerate(held)}))
        for metric in ("spearman", "kendall"):
            found = [
                r.after for r in rows if (r.metric, r.group, r.measure) == (metric, "bank", "loan_balance")
            ]
            assert found == [pytest.approx(expected)]


def test_team_members_are_seen_apart():
    bank = case("a b", [key_deposit("k", 900), loan("c", 1200)])
    rows = rows_of(bank, grades(a="senior", b="senior"), Allocation({"k": "a", "c": "b"}))
    found = {(r.metric, r.group, r.measure): r.after for r in rows}
    assert found["spread", "tier:senior", "deposits"] == 0
    assert found["mean_difference", "tier:senior/team", "deposits"] == 1  # 900 against a mean of 450
    assert found["group_difference", "tiers", "deposits"] == 2


@given(grouped)
def test_theil_decomposes(groups):
    """Shorrocks: T of all = T between + share-weighted T within."""
    everybody = [v for values in groups.values() for v in values]
    within = sum((theil(v) or 0) * sum(v) / sum(everybody) for v in groups.values())
    assert theil(everybody) == pytest.approx(theil_between(groups) + within, rel=1e-9, abs=1e-12)


@given(grouped)
def test_group_differences_add_up(groups):
    everybody = [v for values in groups.values() for v in values]
    weighted = sum(mean_difference(v, everybody) * len(v) for v in groups.values())
    assert weighted == pytest.approx(0, abs=1e-6)
    assert group_difference(groups) >= 0
    assert group_difference(dict.fromkeys(groups, everybody)) == 0


def test_group_differences_undefined():
    assert group_difference({}) is None
    assert group_difference({"A": [0, 0], "B": [0]}) is None
    assert theil_between({"A": [1], "B": [-1]}) is None
    assert mean_difference([], [1]) is None
    assert group_difference({"A": [UNIT], "B": []}) == 0
