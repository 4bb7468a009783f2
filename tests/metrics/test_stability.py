"""Blocking pairs, one clause of their definition at a time."""

from __future__ import annotations

from metrics_bank import annual, case, grades, key_deposit, loan

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Client, Link
from cmopt.domain.scheme import Scheme
from cmopt.metrics.stability import blocking_pairs


def blocking(
    clients: list[Client],
    holder: dict[str, str | None],
    links: tuple[Link, ...] = (),
    scheme: Scheme | None = None,
    **tiers: str | None,
) -> frozenset[tuple[str, str]]:
    rows = case(" ".join(tiers), clients, links)
    return blocking_pairs(rows, scheme or annual(), grades(**tiers), Allocation(holder))


TWO = {"a": "senior", "b": "senior"}


def test_who_has_nothing_and_ranks_better_blocks() -> None:
    assert blocking([loan("c", 1200)], {"c": "b"}, **TWO) == {("a", "c")}
    assert blocking([loan("c", 1200)], {"c": "a"}, **TWO) == set()


def test_an_account_left_out_is_wanted_by_all_who_may_hold_it() -> None:
    assert blocking([loan("c", 700)], {"c": None}, a="senior", b="intermediate", j="junior") == {
        ("a", "c"),
        ("b", "c"),
    }
    recused = (Link("a", "c", "forbid"),)
    assert blocking([loan("c", 700)], {"c": None}, recused, a="senior") == set()


def test_bids_come_before_level_and_balance() -> None:
    loans, holder = [loan("l1", 3000), loan("l2", 1500)], {"l1": "a", "l2": "b"}
    assert blocking(loans, holder, **TWO) == set()
    assert blocking(loans, holder, (Link("a", "l2", bid=1),), **TWO) == {("a", "l2")}
    both = (Link("a", "l2", bid=2), Link("a", "l1", bid=1))
    assert blocking(loans, holder, both, **TWO) == set()
    assert blocking(loans, holder, (Link("b", "l1", bid=1),), **TWO) == set()  # b ranks behind


def test_without_bids_the_higher_level_then_the_larger_balance() -> None:
    assert blocking([loan("l", 1000), loan("m", 999)], {"l": "b", "m": "a"}, **TWO) == {("a", "l")}
    assert blocking([loan("x", 1100), loan("y", 1200)], {"y": "b", "x": "a"}, **TWO) == {("a", "y")}


def test_nothing_is_given_up_that_was_kept_or_pinned() -> None:
    bid = (Link("a", "l2", bid=1),)
    assert blocking([loan("l1", 3000, "a"), loan("l2", 1500)], {"l1": "a", "l2": "b"}, bid, **TWO) == set()
    pinned = (*bid, Link("a", "l1", "pin"))
    assert blocking([loan("l1", 3000), loan("l2", 1500)], {"l1": "a", "l2": "b"}, pinned, **TWO) == set()


def test_what_somebody_kept_or_has_by_a_pin_is_not_open() -> None:
    assert blocking([loan("c", 1200, "b")], {"c": "b"}, **TWO) == set()
    assert blocking([loan("c", 1200)], {"c": "b"}, (Link("b", "c", "pin"),), **TWO) == set()
    assert blocking([loan("c", 1200, "b")], {"c": "b"}, a="senior", b="junior") == {("a", "c")}


def test_room_is_made_as_far_as_the_caps_ask() -> None:
    free = annual().model_copy(update={"at_most": ()})
    loans, holder = [loan("l1", 3000), loan("l2", 1500)], {"l1": "a", "l2": "b"}
    assert blocking(loans, holder, scheme=free, **TWO) == {("a", "l2")}  # a could have both


def test_equal_ranks_are_no_claim_and_no_rank_stands_last() -> None:
    found = grades(**TWO, p="provisional")
    same = {
        s: type(g)(g.staff_id, {}, None, 1, True, "senior", "given") for s, g in found.items() if s != "p"
    }
    rows = case("a b", [loan("c", 1200)])
    assert blocking_pairs(rows, annual(), same, Allocation({"c": "b"})) == set()
    let_in = (Link("p", "c", "allow"),)
    assert blocking([loan("c", 1200)], {"c": "p"}, let_in, a="senior", p="provisional") == {("a", "c")}


SEATS = [key_deposit("k1", 900), key_deposit("k2", 800), key_deposit("k3", 700)]
FOUR = {"a": "senior", "b": "senior", "c": "senior", "d": "senior"}


def test_seats_are_one_thing_wanted_through_bids_for_the_teams_accounts() -> None:
    holder = {"k1": "b", "k2": "c", "k3": "d"}
    assert blocking(SEATS, holder, **FOUR) == {("a", "deposit_team")}
    assert blocking(SEATS, {"k1": "a", "k2": "b", "k3": "c"}, **FOUR) == set()
    with_loan = [*SEATS, loan("l", 3000)]
    # a seat goes before a loan of the same level, unless the bids say otherwise
    assert blocking(with_loan, {**holder, "l": "a"}, **FOUR) == {("a", "deposit_team")}
    assert blocking(with_loan, {**holder, "l": "a"}, (Link("a", "l", bid=3),), **FOUR) == set()
    bids = (Link("a", "l", bid=2), Link("a", "k3", bid=1))
    assert blocking(with_loan, {**holder, "l": "a"}, bids, **FOUR) == {("a", "deposit_team")}


def test_a_seat_that_was_served_before_is_not_open() -> None:
    served = [key_deposit("k1", 900, "d"), key_deposit("k2", 800, "b"), key_deposit("k3", 700, "c")]
    assert blocking(served, {"k1": "b", "k2": "c", "k3": "d"}, **FOUR) == set()


def test_a_seat_is_given_up_only_where_somebody_else_has_room_for_it() -> None:
    clients, bid = [*SEATS, loan("l", 3000)], (Link("a", "l", bid=1),)
    holder = {"k1": "a", "k2": "b", "k3": "c", "l": "d"}
    assert blocking(clients, holder, bid, **FOUR) == set()  # nobody is free to sit in a's place
    five = {**FOUR, "e": "senior"}
    assert blocking(clients, holder, bid, **five) == {("a", "l")}
