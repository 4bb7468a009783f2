"""Small random banks with a book: every rule, kind of link, limit and goal comes up."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.book import Book
from cmopt.domain.book_result import BookPart, BookResult, PartResult
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import to_fixed
from cmopt.domain.goals import SENSE
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Ints
from cmopt.domain.result import Phase, Result, Status
from cmopt.domain.roster import Roster, Staff
from cmopt.domain.scheme import Scheme
from cmopt.errors import Message
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme

BRANCHES = ("东支行", "南支行", "西支行", "营业部")
TITLE = {"zh": "试", "en": "test"}
GOALS = ("coverage", "bands", "handovers", "tier_preference", "mix")


def scheme_with(**book: Any) -> Scheme:
    """The annual plan with another [book]; `goals` as names."""
    plain = load_scheme("annual")
    assert plain.book is not None
    told = plain.book.model_dump(mode="json") | {"bands": [], "mix": [], "limits": []}
    told |= {"gap": "0.5%", "handover": {"client": 1, "balance": "0.01", "difficulty": 1}}
    told |= {"goals": [{"name": g} if isinstance(g, str) else g for g in book.pop("goals", ("coverage",))]}
    return plain.model_copy(update={"book": Book.model_validate(told | book)})


def band(key: str, measure: str | None = None, within: str = "5%", **more: Any) -> dict[str, Any]:
    return {"key": key, "title": TITLE, "measure": measure, "within": within, **more}


def limit(key: str, **more: Any) -> dict[str, Any]:
    tiers = ["senior", "intermediate", "junior", "provisional"]
    return {"key": key, "title": TITLE, "tiers": tiers, **more}


def a_scheme(rng: random.Random) -> Scheme:
    """Any [book], its goals in any order."""
    goals = rng.sample(
        [*GOALS, "coverage_balance", "continuity", "continuity_balance", "fit", "cost", "bids"], k=7
    )
    goals += [g for g in ("bands", "mix") if g not in goals] + ["draw"] * (rng.random() < 0.5)
    soft: dict[str, Any] = rng.choice([{}, {"price": 3}, {"price": 1, "step": 40}])
    limits = [
        limit("many", most=rng.choice([2, 4, 6]), except_teams=rng.random() < 0.5),
        limit("loans", measure="loan_balance", per=rng.choice(["person", "tier", "branch", "all"]),
              most=rng.choice([300, 900]), least=50, **soft),
        limit("near", measure="difficulty", within="20%", price=rng.choice([None, 2]), base=False,
              segments=["small_loan"] if rng.random() < 0.3 else []),
    ]  # fmt: skip
    rotation = {"rotation_years": 3, "as_of": date(2025, 2, 28)} if rng.random() < 0.5 else {}
    return scheme_with(
        jurisdiction=(whole := rng.choice(["branch", "branch", "branch", "bank"])),
        regions=[["东支行", "西支行"]] if whole == "branch" and rng.random() < 0.5 else [],
        developer=rng.choice(["keeps", "none"]),
        groups=rng.choice(["together", "free"]),
        problem_loans=rng.choice(["maker", "head", "free"]),
        problem_from=rng.choice([2, 3, 4]),
        counter=rng.choice(["marked", "unclaimed", "none"]),
        team_members=rng.random() < 0.7,
        segments=["small_loan", "deposit"] if rng.random() < 0.3 else [],
        bands=[band("clients"), band("loans", "loan_balance", "12.5%", weight=2, base=rng.random() < 0.5),
               band("hard", "difficulty", tiers=["junior", "senior"])],
        mix=[{"measure": "npl"}, {"measure": "difficulty", "weight": 3}],
        limits=rng.sample(limits, k=rng.randint(0, 3)),
        resolution=rng.choice([10, 1000]),
        goals=goals,
        **rotation,
    )  # fmt: skip


def a_case(rng: random.Random, clients: int = 24, people: int = 9) -> Case:
    staff = tuple(a_person(rng, n) for n in range(people))
    ids = [s.staff_id for s in staff]
    book = tuple(a_client(rng, n, ids) for n in range(clients))
    links = {}
    for _ in range(rng.randint(0, clients // 2)):
        who, client = rng.choice(staff), rng.choice(book).client_id
        if not any(k.rule == "pin" for (_, c), k in links.items() if c == client):
            rule = rng.choice([None, None, "forbid", "allow", "pin" if who.tier is not None else None])
            measures = {"difficulty": to_fixed(rng.randint(0, 9))} if rng.random() < 0.4 else {}
            links[who.staff_id, client] = Link(
                who.staff_id, client, rule, rng.choice([None, 1, 2]),
                rng.choice([None, to_fixed(3)]), rng.choice([None, to_fixed("1.5")]), measures,
            )  # fmt: skip
    return Case(Roster(staff), book, tuple(links.values()))


def a_person(rng: random.Random, n: int) -> Staff:
    return Staff(
        f"E{n:02}",
        f"员工 {n:03}",
        rng.choice(BRANCHES),
        post=rng.choice([None, "支行行长", "柜员"]),
        tier=rng.choice(["senior", "intermediate", "junior", "provisional", None]) if n else "senior",
    )


def a_client(rng: random.Random, n: int, staff: list[str]) -> Client:
    some = lambda: rng.choice([None, *staff])  # noqa: E731
    return Client(
        f"C{n:03}",
        f"样例企业 {n:03}",
        rng.choice(BRANCHES),
        rng.choice(["loan", "loan", "deposit"]),
        to_fixed(rng.choice([20, 35, 60, 150, 290, 310, 450, 700 if n % 7 == 0 else 80])),
        key_deposit=False,
        incumbent=some(),
        developer=some(),
        quality=rng.choice([None, 1, 1, 2, 3, 5]),
        difficulty=rng.choice([None, to_fixed(1), to_fixed(3), to_fixed(5)]),
        group=rng.choice([None, None, None, "甲集团", "乙集团"]),
        held_since=rng.choice([None, date(2022, 2, 28), date(2022, 3, 1), date(2020, 2, 29)]),
        counter=rng.random() < 0.1,
    )


def key_division(rng: random.Random, case: Case, scheme: Scheme, grades: dict[str, Grade]) -> Allocation:
    """Any holders of the key accounts: the book's audit does not judge them."""
    people = [s.staff_id for s in case.roster if grades[s.staff_id].tier == "senior"]
    divided = [c for c in case.clients if (s := scheme.segment_of(c)) is not None and s.divide]
    return Allocation({c.client_id: rng.choice([None, *people]) for c in divided})


def graded(case: Case, scheme: Scheme) -> dict[str, Grade]:
    return dict(grade(case.roster, scheme, 1))


def part_result(part: BookPart, holders: Ints, values: dict[str, int] | None = None) -> PartResult:
    """A division without any claim: holders by manager number, -1: nobody. `values` by the book's names."""
    phases = tuple(Phase(n, SENSE[n], v, None, False, 0.0) for n, v in (values or {}).items())
    holder = np.array([-1 if i < 0 else int(part.staff[i]) for i in holders], dtype=np.int64)
    result = Result(Status.FEASIBLE, "greedy", 0.0, phases, None)
    return PartResult(
        part.name, part.branches, len(part.staff), part.clients, part.settled, holder, result, Message("")
    )


def a_book(parts: list[PartResult], counter: Ints) -> BookResult:
    return BookResult(tuple(parts), counter, 0.0)
