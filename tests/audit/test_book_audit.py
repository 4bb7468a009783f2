"""The audit of the book against the problem's own arrays, and each rule on a bank of a few clients."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import numpy as np
import pytest
from book_bank import (
    a_book,
    a_case,
    a_scheme,
    band,
    graded,
    key_division,
    limit,
    part_result,
    scheme_with,
)

from cmopt.audit.book import audit_book, part_of
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import BookGiven
from cmopt.audit.book_goals import goal_values
from cmopt.domain.allocation import Allocation
from cmopt.domain.book import CORE_GOAL
from cmopt.domain.book_findings import BookAudit
from cmopt.domain.book_result import BookResult
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import to_fixed
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.problem.book import plan_book
from cmopt.solvers.score import score


@pytest.mark.parametrize("seed", range(40))
def test_it_counts_as_the_problem_does(seed: int) -> None:
    """Parts, who may hold what, which rule settled it, keepers, groups, and every goal of any division."""
    rng = random.Random(seed)
    scheme, case = a_scheme(rng), a_case(rng)
    grades = graded(case, scheme)
    key = key_division(rng, case, scheme, grades)
    plan = plan_book(case, scheme, grades, key, 1)
    given = BookGiven(case, scheme, grades, key)
    assert tuple(given.part_branches) == plan.names
    assert np.flatnonzero(given.counter).tolist() == plan.counter.tolist()
    assert scheme.book is not None
    for n in range(len(plan)):
        theirs = plan.part(n)
        mine, problem = part_of(Eligible(given), theirs.name), theirs.problem
        assert mine.clients.tolist() == theirs.clients.tolist()
        assert mine.managers.tolist() == theirs.staff.tolist()
        assert (mine.may == problem.eligible.T).all()
        assert mine.settled.tolist() == theirs.settled.tolist()
        assert mine.keeper.tolist() == [-1 if k is None else k for k in problem.keeper]
        assert sorted(tuple(m.tolist()) for m in mine.together) == sorted(problem.together)
        holders = [rng.choice([-1, *np.flatnonzero(row)]) for row in mine.may]
        counted = score(problem, [None if i < 0 else int(i) for i in holders])
        values = goal_values(mine, np.array(holders, dtype=np.int64), 1)
        assert values == {g.name: counted[CORE_GOAL.get(g.name, g.name)] for g in scheme.book.goals}


# --- each rule ---------------------------------------------------------------------------------------

A, B = "东支行", "南支行"
STAFF = {"S": ("senior", A), "J": ("junior", A), "T": ("junior", A), "F": ("senior", B), "N": (None, A)}


def staff(**posts: str) -> Roster:
    return Roster(tuple(Staff(i, i, b, post=posts.get(i), tier=t) for i, (t, b) in STAFF.items()))


def client(name: str = "C1", **more: Any) -> Client:
    told: dict[str, Any] = {"branch": A, "kind": "loan", "balance": to_fixed(100), "incumbent": "S"}
    return Client(name, name, **(told | more))


def audit(
    clients: list[Client], holder: dict[str, str | None], links: tuple[Link, ...] = (), **book: Any
) -> BookAudit:
    """Audit this division of clients of the first branch; the book is named by what differs from the plan."""
    posts = book.pop("posts", {})
    key = Allocation(book.pop("key", {}))
    scheme = book.pop("scheme", None) or scheme_with(**book)
    case = Case(staff(**posts), clients, links)
    grades = graded(case, scheme)
    divided = divided_as(case, scheme, key, holder)
    return audit_book(case, scheme, grades, key, divided, 1)


def divided_as(case: Case, scheme: Scheme, key: Allocation, holder: dict[str, str | None]) -> BookResult:
    plan = plan_book(case, scheme, graded(case, scheme), key, 1)
    assert scheme.book is not None
    results = []
    for n in range(len(plan)):
        part = plan.part(n)
        number = {s: i for i, s in enumerate(part.problem.managers)}
        # somebody who is no manager of the part is put in afterwards
        numbers = [number.get(holder[c] or "", -1) for c in part.problem.accounts]
        counted = score(part.problem, [None if i < 0 else i for i in numbers])
        values = {g.name: counted[CORE_GOAL.get(g.name, g.name)] for g in scheme.book.goals}
        found = part_result(part, np.array(numbers, dtype=np.int64), values)
        at = {s.staff_id: p for p, s in enumerate(case.roster)}
        assert found.holder is not None
        for j, c in enumerate(part.problem.accounts):
            if (who := holder[c]) is not None:
                found.holder[j] = at[who]
        results.append(found)
    return a_book(results, plan.counter)


def codes(found: BookAudit) -> set[str]:
    return {f.code for f in found.breaches}


BAD = client(quality=4, developer="J")
OLD = client(held_since=date(2020, 1, 1))
ROTATE = {"rotation_years": 3, "as_of": date(2025, 1, 1)}
PAIR = [client("C1", group="甲集团"), client("C2", group="甲集团")]
HIGH = client(balance=to_fixed(400))
SEATED = {"key": {"K": "S"}, "team_members": False}
KEY = client("K", kind="deposit", key_deposit=True)

# clients, whom it goes to rightly, whom wrongly, links, [book], code of the breach
RULES: dict[str, tuple[list[Client], Any, Any, tuple[Link, ...], dict[str, Any], str]] = {
    "jurisdiction": ([client()], "J", "F", (), {}, "book-jurisdiction"),
    "region": ([client()], "J", "F", (), {"regions": [[A, "西支行"]]}, "book-jurisdiction"),
    "no manager": ([client()], "J", "N", (), {}, "book-no-manager"),
    "recused": ([client()], "J", "T", (Link("T", "C1", "forbid"),), {}, "book-recused"),
    "pin": ([client()], "T", "J", (Link("T", "C1", "pin"),), {}, "book-pin"),
    "pin left out": ([client()], "T", None, (Link("T", "C1", "pin"),), {}, "book-pin"),
    "allow": ([client()], "F", "N", (Link("F", "C1", "allow"),), {}, "book-no-manager"),
    "developer": ([client(kind="deposit", developer="J")], "J", "S", (), {}, "book-developer"),
    "new": ([client(incumbent=None, developer="J")], "J", "S", (), {}, "book-developer"),
    "maker": ([BAD], "J", "S", (), {}, "book-maker"),
    "head": (
        [BAD],
        "T",
        "J",
        (),
        {"problem_loans": "head", "posts": {"T": "支行行长"}},
        "book-head",
    ),
    "rotation": ([OLD], "J", "S", (), ROTATE, "book-rotation"),
    "group": (PAIR, {"C1": "J", "C2": "J"}, {"C1": "J", "C2": "T"}, (), {}, "book-group"),
    "team": ([client(), KEY], "J", "S", (), SEATED, "book-team-member"),
    "most": (
        [client("C1"), client("C2")],
        {"C1": "J", "C2": "T"},
        {"C1": "J", "C2": "J"},
        (),
        {"limits": [limit("one", most=1)]},
        "book-limit-most",
    ),
    "least": (
        [client("C1"), client("C2")],
        {"C1": "J", "C2": "T"},
        {"C1": "S", "C2": "T"},
        (),
        {"limits": [limit("some", tiers=["junior"], least=1)]},
        "book-limit-least",
    ),
    "within": (
        [client("C1"), client("C2")],
        {"C1": "J", "C2": "T"},
        {"C1": "J", "C2": "J"},
        (),
        {"limits": [limit("near", tiers=["junior"], within="10%")]},
        "book-limit-within",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_a_rule_accepts_and_rejects(name: str) -> None:
    clients, right, wrong, links, book, code = RULES[name]
    assert not codes(audit(clients, held(clients, right), links, **book))
    assert code in codes(audit(clients, held(clients, wrong), links, **book))


def held(clients: list[Client], who: Any) -> dict[str, str | None]:
    return who if isinstance(who, dict) else {c.client_id: who for c in clients}


def test_a_tier_that_may_not_hold_the_segment_is_named() -> None:
    plain = scheme_with()
    segments = [
        s.model_copy(update={"tiers": ("senior",)}) if s.key == "middle_loan" else s for s in plain.segments
    ]
    scheme = plain.model_copy(update={"segments": tuple(segments)})
    assert not codes(audit([HIGH], {"C1": "S"}, scheme=scheme))
    assert codes(audit([HIGH], {"C1": "J"}, scheme=scheme)) == {"book-tier"}


def test_a_persons_own_limit() -> None:
    scheme = scheme_with(limits=[limit("own", most=5, most_column="own_most")])
    roster = Roster(
        (Staff("J", "J", A, tier="junior", measures={"own_most": to_fixed(1)}), *staff().staff[:1])
    )
    clients = [client("C1"), client("C2")]
    case = Case(roster, clients)
    for holder, broken in (({"C1": "J", "C2": "F"}, False), ({"C1": "J", "C2": "J"}, True)):
        found = audit_book(
            case,
            scheme,
            graded(case, scheme),
            Allocation({}),
            divided_as(case, scheme, Allocation({}), holder),
            1,
        )
        assert ("book-limit-most" in codes(found)) is broken


# --- everybody once ----------------------------------------------------------------------------------


def tampered(change: Any) -> set[str]:
    clients = [
        client("C1"),
        client("C2", branch=B, incumbent="F"),
        client("D1", kind="deposit", counter=True),
    ]
    case, scheme, key = Case(staff(), clients), scheme_with(), Allocation({})
    divided = divided_as(case, scheme, key, {"C1": "J", "C2": "F"})
    assert not audit_book(case, scheme, graded(case, scheme), key, divided, 1).breaches
    return codes(audit_book(case, scheme, graded(case, scheme), key, change(divided), 1))


def with_part(book: BookResult, n: int, **changes: Any) -> BookResult:
    from dataclasses import replace

    parts = list(book.parts)
    parts[n] = replace(parts[n], **changes)
    return replace(book, parts=tuple(parts))


def test_every_client_is_in_exactly_one_part() -> None:
    one = np.array([0], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    assert "book-twice" in tampered(lambda b: with_part(b, 1, clients=one))
    assert "book-left-over" in tampered(lambda b: with_part(b, 0, clients=none, holder=none))
    both = np.array([0, 2], dtype=np.int64)  # the counter's deposit
    assert "book-stray" in tampered(lambda b: with_part(b, 0, clients=both, holder=np.array([2, 2])))
    beyond = np.array([7], dtype=np.int64)
    assert "book-no-client" in tampered(lambda b: with_part(b, 0, clients=beyond))


def test_parts_are_those_of_the_scheme() -> None:
    from dataclasses import replace

    assert "book-part-missing" in tampered(lambda b: replace(b, parts=b.parts[:1]))
    assert "book-part" in tampered(lambda b: with_part(b, 0, name="西支行"))
    assert "book-branches" in tampered(lambda b: with_part(b, 0, branches=(A, B)))
    assert "book-counter" in tampered(lambda b: replace(b, counter=np.zeros(0, dtype=np.int64)))
    assert "book-managers" in tampered(lambda b: with_part(b, 0, managers=9))


def test_nobody_outside_the_roster() -> None:
    assert "book-unknown" in tampered(lambda b: with_part(b, 0, holder=np.array([99])))
    assert "book-unknown" in tampered(lambda b: with_part(b, 0, holder=np.array([-3])))


def test_a_part_without_a_division_claims_none() -> None:
    assert "book-record" in tampered(lambda b: with_part(b, 0, holder=None))


def test_the_worked_figures_of_bands_and_mix() -> None:
    """Three clients of 100, 300 and 200, all S's; J and T nothing. Mean 200, band 5 %: from 190 to 210."""
    clients = [client("C1"), client("C2", balance=to_fixed(290)), client("C3", balance=to_fixed(210))]
    book = {
        "bands": [band("loans", "loan_balance", tiers=["junior", "senior"])],
        "mix": [{"measure": "loan_balance", "weight": 2}],
        "goals": ["bands", "handovers", "mix"],
        "handover": {"client": 1, "balance": "0.01", "difficulty": 1},
    }
    found = audit(clients, {"C1": "S", "C2": "J", "C3": "T"}, **book)
    # 100, 290, 210: 90 and 80 beyond the band of the mean in steps of 0.2, and 210 within it
    assert found.goals["bands"] == 450 + 400
    assert found.goals["handovers"] == (1 + 3) + (1 + 2)  # 1 + 2.9 and 1 + 2.1, rounded to the nearest
    # juniors alone are two: |290 - 210| of their mean, ceil((100 + 290 + 210) / 2) = 300
    assert found.goals["mix"] == 2 * -(-1000 * 80 // 300)
