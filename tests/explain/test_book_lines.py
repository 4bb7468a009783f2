"""The book's lines: what they say, and that every price is what a full recount gives."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "audit"))
from book_bank import (
    a_book,
    a_case,
    a_scheme,
    band,
    graded,
    key_division,
    part_result,
    scheme_with,
)

from cmopt.audit.book import part_of
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import BookGiven
from cmopt.audit.book_goals import goal_values
from cmopt.audit.book_part import Part
from cmopt.domain.allocation import Allocation, Line
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import to_fixed
from cmopt.domain.goals import SENSE
from cmopt.domain.roster import Roster, Staff
from cmopt.explain.book import book_lines
from cmopt.explain.book_moves import Division
from cmopt.explain.book_prices import NextBest, Prices
from cmopt.problem.book import plan_book


def divided(seed: int) -> Iterator[Division]:
    """Parts of a random bank under a random division that keeps companies together and everybody eligible."""
    rng = random.Random(seed)
    scheme, case = a_scheme(rng), a_case(rng)
    grades = graded(case, scheme)
    given = BookGiven(case, scheme, grades, key_division(rng, case, scheme, grades))
    for name in given.part_branches:
        part = part_of(Eligible(given), name)
        if len(part.managers):
            yield Division(part, any_division(rng, part), 1)


def any_division(rng: random.Random, part: Part) -> np.ndarray[Any, np.dtype[np.int64]]:
    chosen = np.full(len(part.clients), -1, dtype=np.int64)
    for u in np.unique(part.unit).tolist():
        able = np.flatnonzero(part.may[part.unit == u].all(axis=0)).tolist()
        chosen[part.unit == u] = rng.choice([*able, *able, -1])
    return chosen


def worse(division: Division, unit: int, after: int) -> tuple[dict[str, int], list[int]]:
    """By how much each goal is worse after a move, and which hard limits are broken more, recounted whole."""
    part = division.part
    moved = np.where(part.unit == unit, after, division.holder)
    was, now = (goal_values(part, h, 1) for h in (division.holder, moved))
    by = {g: (now[g] - was[g]) * (1 if SENSE[g] == "min" else -1) for g in was}

    def beyond(holder: Any) -> list[Any]:
        return [sum(b.by for b in m.beyond(m.carried(part, holder))) for m in part.limits]

    apart = zip(part.limits, beyond(division.holder), beyond(moved), strict=True)
    return by, [n for n, (m, a, b) in enumerate(apart) if m.price is None and b > a]


@pytest.mark.parametrize("seed", range(12))
def test_the_price_of_a_move_is_what_a_full_recount_gives(seed: int) -> None:
    rng = random.Random(seed)
    for division in divided(seed):
        part = division.part
        units = np.array([rng.choice(np.unique(part.unit).tolist()) for _ in range(8)])
        after = np.array([rng.randrange(-1, len(part.managers)) for _ in range(8)])
        moves = division.moves(units, after)
        prices = Prices.of(division, moves)
        for k, (unit, to) in enumerate(zip(units.tolist(), after.tolist(), strict=True)):
            by, broken = worse(division, unit, to)
            assert {g: int(division.change(g, moves)[k]) for g in by} == by
            first = next(((n, v) for n, v in enumerate(by.values()) if v), (-1, 0))
            assert int(prices.breaks[k]) == (broken[0] if broken else -1)
            if not broken:
                assert (int(prices.goal[k]), int(prices.worse[k])) == first


@pytest.mark.parametrize("seed", range(12))
def test_the_next_best_is_the_best_of_the_others(seed: int) -> None:
    for division in divided(seed):
        part = division.part
        units = np.unique(part.unit)[:8]
        found = NextBest.of(division, units)
        for k, unit in enumerate(units.tolist()):
            able = np.flatnonzero(part.may[part.unit == unit].all(axis=0)).tolist()
            others = [i for i in able if i != division.holder[unit]]
            costs = {i: worse(division, unit, i) for i in others}
            roomy = {i: tuple(by.values()) for i, (by, broken) in costs.items() if not broken}
            assert (int(found.may[k]), int(found.room[k])) == (len(able), len(roomy))
            if not roomy:
                assert found.other[k] == -1
                continue
            best = min(roomy.values())
            assert roomy[int(found.other[k])] == best
            first = next(((n, v) for n, v in enumerate(best) if v), (-1, 0))
            assert (int(found.goal[k]), int(found.worse[k])) == first


@pytest.mark.parametrize("seed", range(8))
def test_every_client_has_its_line(seed: int) -> None:
    """In id order, with outcome, and a reason that can be said in both languages."""
    rng = random.Random(seed)
    scheme, case = a_scheme(rng), a_case(rng)
    grades = graded(case, scheme)
    key = key_division(rng, case, scheme, grades)
    given, plan = BookGiven(case, scheme, grades, key), plan_book(case, scheme, grades, key, 1)
    results = []
    for n in range(len(plan)):
        part = part_of(Eligible(given), plan.names[n])
        results.append(part_result(plan.part(n), any_division(rng, part)))
    book = a_book(results, plan.counter)
    lines = list(book_lines(case, scheme, grades, key, book, 1))
    holder = book.holder(len(case.clients))
    ids = [s.staff_id for s in case.roster]
    assert [x.client_id for x in lines] == [case.clients.ids[j] for j in book.clients]
    for line in lines:
        j = case.clients.position(line.client_id)
        assert j is not None
        who = None if holder[j] < 0 else ids[holder[j]]
        before = case.clients[j].incumbent
        outcome = "unassigned" if who is None else "new" if before is None else "moved"
        assert (line.staff_id, line.previous) == (who, before)
        assert line.outcome == ("kept" if who is not None and who == before else outcome)
        assert "{" not in line.reason.render("en") + line.reason.render("zh")


# --- the words of single lines -----------------------------------------------------------------------

A = "东支行"


def told(clients: list[Client], holder: dict[str, str | None], *links: Link, **book: Any) -> dict[str, Line]:
    people = {"S": "senior", "J": "junior", "T": "junior", "N": None}
    roster = Roster(
        tuple(Staff(i, i, A, post="支行行长" if i == "T" else None, tier=t) for i, t in people.items())
    )
    scheme, case = scheme_with(**book), Case(roster, clients, links)
    grades = graded(case, scheme)
    plan = plan_book(case, scheme, grades, Allocation({}), 1)
    part = plan.part(0)
    number = part.problem.manager_number
    numbers = [-1 if (who := holder[c]) is None else number[who] for c in part.problem.accounts]
    divided = a_book([part_result(part, np.array(numbers, dtype=np.int64))], plan.counter)
    return {x.client_id: x for x in book_lines(case, scheme, grades, Allocation({}), divided, 1)}


def client(name: str, **more: Any) -> Client:
    fields: dict[str, Any] = {"branch": A, "kind": "loan", "balance": to_fixed(100), "incumbent": "S"}
    return Client(name, name, **(fields | more))


def test_who_settled_it() -> None:
    clients = [
        client("C1"),
        client("C2", quality=4),
        client("C3", kind="deposit", developer="J"),
        client("C4", incumbent="N"),
    ]
    holder: dict[str, str | None] = {"C1": "J", "C2": "S", "C3": "J", "C4": "T"}
    lines = told(clients, holder, Link("J", "C1", "pin"))
    said = {c: x.reason.render("en") for c, x in lines.items()}
    assert said["C1"].endswith("pinned to J")
    assert said["C2"] == "a problem loan (grade 4), which stays with S, who made it"
    assert said["C3"].endswith("J brought it in and keeps it")
    assert said["C4"].startswith("N gives it up: not a client manager under this plan; given to T (Junior)")
    head = told(clients[1:2], {"C2": "T"}, problem_loans="head")
    assert "which goes to the branch head T" in head["C2"].reason.render("en")
    assert "归支行行长 T" in head["C2"].reason.render("zh")


def test_what_going_back_would_cost() -> None:
    """S had all three of 100; each of S, J, T has one now. One back: 200, 0 and 100 about a mean of 100, so 95
    and 95 beyond the band, in steps of 0.1."""
    clients = [client(c) for c in ("C1", "C2", "C3")]
    bands = {"bands": [band("loans", "loan_balance")], "goals": ["bands", "handovers"]}
    lines = told(clients, {"C1": "S", "C2": "J", "C3": "T"}, **bands)
    assert lines["C1"].outcome == "kept"
    kept = lines["C1"].reason.render("en")
    assert kept.endswith(
        "; the next best of the 3 who may hold it, J, would cost points beyond the bands: 1900 worse"
    )
    assert "次优的 J 代价为" in lines["C1"].reason.render("zh")
    said = lines["C2"].reason.render("en")
    assert said == (
        "S hands it over; given to J (Junior); going back alone would cost more: J 95.0% of the mean below the "
        'band "test" (points beyond the bands: 1900 worse)'
    )
    assert "变差 1900" in lines["C2"].reason.render("zh")


def test_a_new_client_with_the_price_of_the_next_best() -> None:
    clients = [client("C1"), client("C2", incumbent=None, developer=None)]
    lines = told(clients, {"C1": "S", "C2": "J"}, goals=["coverage", "tier_preference"])
    said = lines["C2"].reason.render("en")
    assert said.startswith("nobody was responsible; given to J (Junior); 3 may hold it; with T")
    only = told(clients, {"C1": "S", "C2": "J"}, Link("S", "C2", "forbid"), Link("T", "C2", "forbid"))
    alone = told(clients, {"C1": "S", "C2": "J"}, Link("J", "C1", "forbid"), Link("T", "C1", "forbid"))
    assert alone["C1"].reason.render("en").endswith("; nobody else may hold it")
    assert only["C2"].reason.render("en").endswith("; the only one who may hold it")


def test_nobody_may_hold_it() -> None:
    links = [Link(i, "C1", "forbid") for i in "SJT"]
    lines = told([client("C1"), client("C2")], {"C1": None, "C2": "S"}, *links)
    assert lines["C1"].outcome == "unassigned"
    assert lines["C1"].reason.render("en").endswith("(3 recused)")
    assert "3 人须回避" in lines["C1"].reason.render("zh")


def test_left_out_though_somebody_may_hold_it() -> None:
    lines = told([client("C1")], {"C1": None}, goals=["coverage"])
    assert "would be better (clients left out: 1 better)" in lines["C1"].reason.render("en")
