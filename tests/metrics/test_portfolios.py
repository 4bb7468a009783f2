"""Who holds what, before and after."""

from __future__ import annotations

import time

from metrics_bank import annual, case, grades, key_deposit, large_bank, loan

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Link
from cmopt.domain.fixed import UNIT
from cmopt.metrics import portfolios


def test_divided_accounts_move_and_the_others_stay():
    bank = case(
        "a b c d",
        [
            loan("c1", 1200, "a", quality=4),
            loan("c2", 100, "a"),
            loan("c3", 700),
            loan("c4", 50, "d", difficulty=2 * UNIT),
            key_deposit("k1", 900, "b"),
        ],
    )
    tiers = grades(a="intermediate", b="senior", c="junior", d=None)
    allocation = Allocation({"c1": "b", "c3": "a", "k1": None})
    lines = {p.staff_id: p for p in portfolios(bank, annual(), tiers, allocation)}
    assert list(lines) == ["a", "b", "c", "d"]  # c holds nothing but is a manager, d is none but holds c4
    assert (lines["a"].clients_before, lines["a"].clients_after) == (2, 2)
    assert lines["a"].before["loan_balance"] == 1300 * UNIT
    assert lines["a"].after["loan_balance"] == 800 * UNIT
    assert (lines["a"].before["npl"], lines["a"].after["npl"]) == (1200 * UNIT, 0)
    assert (lines["b"].before["deposits"], lines["b"].after["deposits"]) == (900 * UNIT, 0)
    assert lines["b"].after["npl"] == 1200 * UNIT
    assert (lines["c"].clients_before, lines["c"].clients_after, lines["c"].tier) == (0, 0, "junior")
    assert (lines["d"].tier, lines["d"].after["difficulty"]) == (None, 2 * UNIT)
    assert not any(p.on_team for p in lines.values())


def test_no_manager_and_no_client_no_line():
    assert portfolios(case("a", []), annual(), grades(a=None), Allocation({})) == ()


def test_a_seat_is_an_account_of_the_team_after():
    bank = case("a b", [key_deposit("k1", 900, "a"), key_deposit("k2", 800)])
    lines = portfolios(bank, annual(), grades(a="senior", b="senior"), Allocation({"k1": "b", "k2": "b"}))
    assert [p.on_team for p in lines] == [False, True]


def test_every_account_is_counted_once_and_100k_clients_are_quick():
    bank, tiers, allocation = large_bank(100_000)
    start = time.perf_counter()
    lines = portfolios(bank, annual(), tiers, allocation)
    assert time.perf_counter() - start < 5
    held = sum(c.incumbent is not None for c in bank.clients)
    assert sum(p.clients_before for p in lines) == held
    undivided = sum(c.incumbent is not None and c.client_id not in allocation.holder for c in bank.clients)
    assert sum(p.clients_after for p in lines) == undivided + len(allocation.holder)
    total = sum(c.balance for c in bank.clients if c.incumbent is not None and c.kind == "loan")
    assert sum(p.before["loan_balance"] for p in lines) == total


def test_a_backup_carries_its_share_and_a_pair_its_own_figure():
    """b is lead of c1 and backup of c2: a quarter of c2, and b's own figures of c1 and of what b keeps."""
    scheme = annual().model_copy(update={"backups": annual().backups.model_copy(update={"share": 2500})})
    links = (
        Link("b", "c1", measures={"balance": 900 * UNIT}),
        Link("b", "c3", measures={"balance": 3 * UNIT}),
        Link("a", "c1", measures={"balance": 800 * UNIT}),
    )
    bank = case(
        "a b", [loan("c1", 1200, "a"), loan("c2", 2000, managers_needed=2), loan("c3", 100, "b")], links
    )
    allocation = Allocation({"c1": "b", "c2": "a"}, {"c2": ("b",)})
    lines = {p.staff_id: p for p in portfolios(bank, scheme, grades(a="senior", b="senior"), allocation)}
    assert (lines["b"].clients_before, lines["b"].clients_after) == (1, 2)
    assert (lines["a"].before["loan_balance"], lines["a"].after["loan_balance"]) == (800 * UNIT, 2000 * UNIT)
    assert lines["b"].before["loan_balance"] == 3 * UNIT
    assert lines["b"].after["loan_balance"] == (900 + 3 + 500) * UNIT
    nothing = portfolios(bank, annual(), grades(a="senior", b="senior"), allocation)
    assert nothing[1].after["loan_balance"] == 903 * UNIT
