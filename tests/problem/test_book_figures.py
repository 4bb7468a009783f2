"""What the book counts: base loads, bands, mix, handovers, places; order of rows; what is too large."""

from __future__ import annotations

import pickle
from dataclasses import fields
from random import Random
from typing import Any

import numpy as np
import pytest
from random_books import random_book
from small_book import book, deposit, goal_list, loan, only, staff

from cmopt.domain.book_result import BookPart
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import LoadLimit, Problem
from cmopt.domain.roster import Roster
from cmopt.errors import InputError
from cmopt.intake.schemes import load_scheme
from cmopt.problem.book import plan_book
from cmopt.solvers.score import COUNT


def band(problem: Problem, key: str) -> LoadLimit:
    (found,) = [m for m in problem.limits if m.key == f"bands.{key}"]
    return found


def base_of(problem: Problem, key: str) -> dict[str, int]:
    found = band(problem, key)
    return {problem.managers[i]: b for (i,), b in zip(found.units, found.base, strict=True)}


# --- loads -------------------------------------------------------------------------------------------


def test_base_loads_are_the_key_accounts_as_divided_and_clients_outside() -> None:
    clients = (
        loan("C1", 10, incumbent="J1"),  # of the book: no base load
        loan("K1", 600, incumbent="J1", managers_needed=2),  # key account, now H1's, J2 is backup
        loan("C2", 400, incumbent="M1"),  # outside, by `segments`: stays
        deposit("D1", 50, counter=True, incumbent="J2"),  # the counter's
    )
    how: dict[str, Any] = {"segments": '["small_loan", "deposit"]', "backups__share": "25%"}
    problem = only(book(*clients, key={"K1": "H1"}, backups={"K1": ("J2",)}, **how)).problem
    assert base_of(problem, "loans") == {"H1": 600 * UNIT, "J1": 0, "J2": 150 * UNIT, "M1": 400 * UNIT}
    assert base_of(problem, "clients") == {"H1": UNIT, "J1": 0, "J2": UNIT // 4, "M1": UNIT}
    assert base_of(problem, "deposits") == dict.fromkeys(("H1", "J1", "J2", "M1"), 0)


def test_figures_of_pairs_take_the_place_of_the_clients_own() -> None:
    links = [
        Link("H1", "K1", measures={"balance": 7 * UNIT}),
        Link("J1", "C1", measures={"balance": 3 * UNIT}),
    ]
    links.append(Link("J2", "D1", measures={"balance": 4 * UNIT}))
    part = only(book(loan("C1", 10), loan("K1", 600), deposit("D1", 5), key={"K1": "H1"}, links=links))
    loans = band(part.problem, "loans")
    assert base_of(part.problem, "loans")["H1"] == 7 * UNIT
    number = part.problem.manager_number
    assert loans.pair == {(number["J1"], 0): 3 * UNIT, (number["J2"], 1): 0}  # a deposit is no loan
    assert band(part.problem, "deposits").pair[number["J2"], 1] == 4 * UNIT


def test_a_bands_step_is_a_thousandth_of_the_mean() -> None:
    clients = [loan(f"C{n}", 100) for n in range(3)]
    people = staff("H1 J1 J2 M1")
    problem = only(book(*clients, loan("K1", 900), people=people, key={"K1": "H1"})).problem
    loans = band(problem, "loans")
    assert (loans.within, loans.price, len(loans.units)) == (1000, 1, 4)
    assert loans.step == (900 + 300) * UNIT // 4 // 1000
    coarse = band(only(book(*clients, people=people, resolution="7")).problem, "loans")
    assert coarse.step == -(-300 * UNIT // (4 * 7))
    without = only(book(*clients, loan("K1", 900), people=people, key={"K1": "H1"}, bands=NO_BASE))
    assert set(band(without.problem, "own").base) == {0}


NO_BASE = (
    '[{ key = "own", title = { zh = "带", en = "own" }, measure = "loan_balance", within = "5%", '
    "base = false }]"
)


def test_bands_compare_named_tiers_and_only_who_may_hold_something() -> None:
    own = '[{ key = "own", title = { zh = "带", en = "own" }, tiers = ["junior", "senior"], within = "5%" }]'
    tiers = {"segments__small_loan__tiers": '["junior", "intermediate"]'}
    problem = only(book(loan("C1"), bands=own, segments='["small_loan"]', **tiers)).problem
    assert list(base_of(problem, "own")) == ["J1", "J2"]
    alone = only(
        book(loan("C1"), links=[Link("J2", "C1", "forbid")], bands=own, segments='["small_loan"]', **tiers)
    )
    assert alone.problem.limits == ()


def test_bands_compare_within_a_region_though_a_link_joins_two() -> None:
    part = only(book(loan("C1"), loan("C2", branch="B"), links=[Link("J1", "C2", "allow")]))
    units = {m.key: [part.problem.managers[i] for (i,) in m.units] for m in part.problem.limits}
    assert units["bands.loans@A"] == ["H1", "J1", "J2", "M1"]
    assert units["bands.loans@B"] == ["K1", "K2"]


def test_bands_count_what_lies_beyond() -> None:
    """Two managers, four clients of 10 each, all with one: 20 from the mean of 20, 18 beyond 10 %."""
    problem = only(book(*(loan(f"C{n}", 10) for n in range(4)), people=staff("J1 J2"))).problem
    loans = problem.replace(limits=(band(problem, "loans"),))
    assert loans.limits[0].step == 20_000
    assert COUNT["penalty"](loans, [0, 0, 0, 0]) == 2 * 18_000_000 // 20_000
    assert COUNT["penalty"](loans, [0, 0, 1, 1]) == 0


def test_mix_compares_the_managers_of_a_tier() -> None:
    clients = [loan(f"C{n}", 10, difficulty=(n + 1) * UNIT) for n in range(3)]
    problem = only(
        book(*clients, people=staff("H1 J1 J2"), mix='[{ measure = "difficulty", weight = 3 }]')
    ).problem
    (spread,) = problem.spreads
    assert [problem.managers[i] for i in spread.members] == ["J1", "J2"]
    assert (spread.load, spread.scale, spread.weight) == ((1, 2, 3), 3, 3)
    j1, j2 = spread.members
    assert COUNT["balance"](problem, [j1, j1, j2]) == 0
    assert COUNT["balance"](problem, [j1, j2, j2]) == 3 * -(-1000 * 4 // 3)


# --- handovers and places ----------------------------------------------------------------------------


def test_what_a_change_of_hands_costs() -> None:
    clients = (
        loan("C1", 150, incumbent="J1", difficulty=2 * UNIT),  # 1 + 1.5 + 2 = 4.5, rounded up
        loan("C2", 10, incumbent="K1"),  # of another branch: nobody may keep it
        loan("C3", 10),  # 1.1
        loan("C4", 10, incumbent="J2"),
    )
    problem = only(book(*clients)).problem
    assert problem.handover is not None
    j1, j2 = problem.manager_number["J1"], problem.manager_number["J2"]
    expected = np.zeros((4, 4), dtype=np.int64)
    expected[:, 0], expected[:, 3] = 5, 1
    expected[j1, 0], expected[j2, 3] = 0, 0
    assert np.array_equal(problem.handover, expected)
    assert problem.incumbent == (j1, None, None, j2)
    nothing = only(book(clients[3], handover__client="0", handover__balance="0", handover__difficulty="0"))
    assert nothing.problem.handover is not None and nothing.problem.handover.max() == 1  # at least 1


def test_places_of_tiers() -> None:
    tiers = {"segments__small_loan__tiers": '["junior", "senior"]'}
    problem = only(book(loan("C1"), loan("C2"), links=[Link("M1", "C1", "allow")], **tiers)).problem
    assert problem.tier_place is not None
    by_name = {problem.managers[i]: problem.tier_place[i].tolist() for i in range(len(problem.managers))}
    assert by_name == {"H1": [1, 1], "J1": [0, 0], "J2": [0, 0], "M1": [2, 2]}


def test_small_loans_are_for_juniors_first_and_the_middle_ones_last() -> None:
    problem = only(book(loan("C1", 10), loan("C2", 300))).problem
    assert problem.tier_place is not None
    small, middle = ({problem.tier[i]: int(problem.tier_place[i, j]) for i in range(4)} for j in (0, 1))
    assert min(small, key=lambda t: small[t]) == "junior" == max(middle, key=lambda t: middle[t])


def test_goals_have_core_names_in_order_with_their_tolerances() -> None:
    goals = goal_list("mix:3", "coverage", "bands:5%", "handovers", "fit")
    problem = only(book(loan(), goals=goals)).problem
    assert [(g.name, g.tolerance) for g in problem.goals] == [
        ("balance", "3"), ("coverage", "0"), ("penalty", "5%"), ("handovers", "0"), ("fit", "0"),
    ]  # fmt: skip
    assert problem.fit is not None and problem.cost is None and problem.tier_place is None


def test_fit_cost_and_bids_of_links() -> None:
    links = [
        Link("J1", "C1", fit=5 * UNIT, cost=2 * UNIT, bid=2),
        Link("J2", "C1", bid=1),
        Link("K1", "X", bid=4),
    ]
    clients = (loan("C1", incumbent="M1"), loan("X", branch="B"))
    goals = goal_list("coverage", "fit", "cost", "bids")
    problem = book(*clients, links=links, goals=goals, bands="[]", links__fit_absent="1").part(0).problem
    number = problem.manager_number
    assert problem.fit is not None and problem.cost is not None and problem.bid is not None
    assert problem.fit[:, 0].tolist() == [5 * UNIT if s == "J1" else UNIT for s in number]
    assert problem.cost[number["J1"], 0] == 2 * UNIT
    assert {s: int(problem.bid[i, 0]) for s, i in number.items()} == {"H1": 5, "J1": 2, "J2": 1, "M1": 0}


# --- whatever the order of rows ----------------------------------------------------------------------


def alike(one: BookPart, other: BookPart) -> bool:
    same = (one.name, one.branches) == (other.name, other.branches)
    same &= all(np.array_equal(getattr(one, k), getattr(other, k)) for k in ("clients", "staff", "settled"))
    for field in fields(Problem):
        a, b = getattr(one.problem, field.name), getattr(other.problem, field.name)
        same &= np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
    return same


@pytest.mark.parametrize("seed", range(12))
def test_permuted_rows_and_slices_give_the_same_parts(seed: int) -> None:
    rng = Random(seed)
    bank = random_book(rng)
    tables: list[list[Any]] = [list(bank.case.roster), list(bank.case.clients), list(bank.case.links)]
    for rows in tables:
        rng.shuffle(rows)
    case = Case(Roster(tuple(tables[0])), tables[1], tables[2])
    plans = []
    for tables_of in (bank.case, case):
        try:
            plans.append(plan_book(tables_of, bank.scheme, bank.grades, bank.key, 1))
        except InputError:
            assert seed not in range(6)
            return
    one, other = plans
    assert one.names == other.names and np.array_equal(one.counter, other.counter)
    assert one.sizes() == [(len(p.clients), len(p.staff)) for p in (one.part(n) for n in range(len(one)))]
    for n in range(len(one)):
        assert alike(one.part(n), other.part(n))
        assert alike(one.part(n), pickle.loads(pickle.dumps(one.slice(n))).build())


def test_parts_share_nothing_out_twice() -> None:
    """Every client of the book is in one part, every manager in one at most."""
    for seed in range(40):
        bank = random_book(Random(seed))
        try:
            plan = plan_book(bank.case, bank.scheme, bank.grades, bank.key, 1)
        except InputError:
            continue
        clients = [c for n in range(len(plan)) for c in plan.part(n).clients.tolist()]
        staff_of = [s for n in range(len(plan)) for s in plan.part(n).staff.tolist()]
        assert len(clients) == len(set(clients)) and len(staff_of) == len(set(staff_of))
        assert not set(clients) & set(plan.counter.tolist())


# --- what is too large -------------------------------------------------------------------------------


def too_large(*clients: Client, **more: Any) -> str:
    with pytest.raises(InputError) as caught:
        only(book(*clients, **more))
    assert {f.code for f in caught.value.findings} == {"too-large"}
    return str(caught.value)


def test_figures_too_large_are_refused_by_name() -> None:
    assert "balances" in too_large(*(deposit(f"D{n}", 10**9) for n in range(5)))
    assert "of difficulty" in too_large(loan("C1", difficulty=10**30))
    assert "of balance" in too_large(*(deposit(f"D{n}", 10**10) for n in range(8)))
    assert "of balance" in too_large(loan(), links=[Link("J1", "C1", measures={"balance": 10**20})])
    for name in ("fit", "cost", "bid"):
        goals = goal_list("coverage", {"bid": "bids"}.get(name, name))
        links = [Link("J1", "C1", **{name: 10**20})]
        assert f"of {name}" in too_large(loan(), links=links, goals=goals, bands="[]")
    absent = {"goals": goal_list("coverage", "fit"), "bands": "[]", "links__fit_absent": "1" + 30 * "0"}
    assert "of fit" in too_large(loan(), **absent)
    odd = [Client(f"D{n}", "D", "A", "deposit", 10**15 + n) for n in range(4)]
    assert "the limit Deposits" in too_large(*odd)
    for points in ("handover__client", "handover__balance", "handover__difficulty"):
        clients = (loan(f"C{n}", 299, incumbent="J1", difficulty=5 * UNIT) for n in range(3))
        assert "handovers" in too_large(*clients, **{points: "5000000000000000"})


def test_a_scheme_without_a_book_is_refused() -> None:
    scheme = load_scheme("annual").model_copy(update={"book": None})
    from cmopt.domain.allocation import Allocation

    with pytest.raises(InputError) as caught:
        plan_book(Case(Roster(()), [loan()]), scheme, {}, Allocation({}), 1)
    assert [f.code for f in caught.value.findings] == ["no-book"]
