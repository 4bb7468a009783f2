"""Justified envy, one clause of its definition at a time."""

from __future__ import annotations

from metrics_bank import annual, case, grades, key_deposit, loan

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Link
from cmopt.metrics.envy import justified_envies


def envies(clients, holder, links=(), **tiers):
    staff = " ".join(tiers)
    return justified_envies(case(staff, clients, links), annual(), grades(**tiers), Allocation(holder))


def test_the_better_ranked_envies_an_open_account():
    assert envies([loan("c", 1200)], {"c": "b"}, a="senior", b="senior") == {("a", "b")}
    assert envies([loan("c", 1200)], {"c": "a"}, a="senior", b="senior") == set()


def test_a_kept_account_is_not_open():
    assert envies([loan("c", 1200, "b")], {"c": "b"}, a="senior", b="senior") == set()


def test_only_a_level_above_the_own_is_envied():
    clients = [loan("m", 600), loan("l", 1200)]
    assert envies(clients, {"m": "a", "l": "b"}, a="senior", b="senior") == {("a", "b")}
    assert envies(clients, {"l": "a", "m": "b"}, a="senior", b="senior") == set()
    two = [loan("l1", 1200), loan("l2", 1300)]
    assert envies(two, {"l1": "a", "l2": "b"}, a="senior", b="senior") == set()


def test_the_claim_needs_tier_and_no_recusal():
    assert envies([loan("c", 1200)], {"c": "b"}, a="intermediate", b="senior") == set()
    recused = (Link("a", "c", "forbid"),)
    assert envies([loan("c", 1200)], {"c": "b"}, recused, a="senior", b="senior") == set()
    allowed = (Link("a", "c", "allow"),)
    assert envies([loan("c", 1200)], {"c": "b"}, allowed, a="intermediate", b="senior") == {("a", "b")}


def test_no_rank_no_envy():
    assert envies([loan("c", 100)], {"c": "b"}, a="senior", b="senior") == set()  # level 0
    assert envies([loan("c", 700)], {"c": "b"}, b="senior", p="provisional") == set()


def test_a_pair_counts_once():
    clients = [loan("l", 1200), loan("m", 600)]
    assert envies(clients, {"l": "b", "m": "b"}, a="senior", b="senior") == {("a", "b")}


def test_a_seat_is_open_to_every_senior_unless_served_before():
    clients = [key_deposit("k1", 900, "z"), key_deposit("k2", 800, "b")]
    holder = {"k1": "b", "k2": "c"}
    tiers = {"a": "senior", "b": "senior", "c": "senior", "z": "senior", "i": "intermediate"}
    # b served k2 before, so only c's seat is open; z is ranked below both
    assert envies(clients, holder, **tiers) == {("a", "c")}
    recused_from_one = (Link("a", "k2", "forbid"),)
    assert envies(clients, holder, recused_from_one, **tiers) == {("a", "c")}
    recused_from_all = (Link("a", "k1", "forbid"), Link("a", "k2", "forbid"))
    assert envies(clients, holder, recused_from_all, **tiers) == set()


def test_an_incumbent_without_the_tier_leaves_the_account_open():
    """b lost the tier and yet holds the account (a broken rule): it does not count as kept."""
    assert envies([loan("c", 1200, "b")], {"c": "b"}, a="senior", b="junior") == {("a", "b")}
