"""A small bank under the annual plan's book: two branches, tiers given by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import SETTLED, BookPart
from cmopt.domain.clients import Case, Client, Link
from cmopt.domain.fixed import UNIT
from cmopt.domain.roster import Roster, Staff
from cmopt.grading import grade
from cmopt.intake.schemes import load_scheme
from cmopt.problem.book import BookPlan, plan_book

# id: tier, branch. N1 has no tier.
PEOPLE = {
    "H1": ("senior", "A"),
    "J1": ("junior", "A"),
    "J2": ("junior", "A"),
    "M1": ("intermediate", "A"),
    "N1": (None, "A"),
    "K1": ("junior", "B"),
    "K2": ("junior", "B"),
}


def staff(ids: str = "H1 J1 J2 M1 N1 K1 K2", **more: Any) -> tuple[Staff, ...]:
    """`more`: id -> further fields; H1 is the head of branch A."""
    found = []
    for i in ids.split():
        tier, branch = PEOPLE[i]
        fields = {"post": "支行行长"} if i == "H1" else {}
        found.append(Staff(i, i, branch, tier=tier, **{**fields, **more.get(i, {})}))
    return tuple(found)


def loan(client_id: str = "C1", wan: int = 10, branch: str = "A", **more: Any) -> Client:
    return Client(client_id, client_id, branch, "loan", wan * UNIT, **more)


def deposit(client_id: str = "D1", wan: int = 10, branch: str = "A", **more: Any) -> Client:
    return Client(client_id, client_id, branch, "deposit", wan * UNIT, **more)


def book(
    *clients: Client,
    people: Sequence[Staff] | None = None,
    links: Sequence[Link] = (),
    key: dict[str, str | None] | None = None,
    backups: dict[str, tuple[str, ...]] | None = None,
    **settings: str,
) -> BookPlan:
    """The plan of a book; ``problem_loans="head"`` sets a key of [book], ``handover__client`` one of
    its tables', ``segments__x__y`` any other key."""
    elsewhere = ("segments__", "backups__", "links__")
    overrides = {
        ("" if k.startswith(elsewhere) else "book.") + k.replace("__", "."): v for k, v in settings.items()
    }
    scheme = load_scheme("annual", overrides)
    case = Case(Roster(tuple(people or staff())), clients, links)
    return plan_book(case, scheme, grade(case.roster, scheme, 1), Allocation(key or {}, backups or {}), 1)


def only(plan: BookPlan) -> BookPart:
    """The one part of a plan."""
    assert len(plan) == 1
    return plan.part(0)


def able(part: BookPart, client_id: str = "C1") -> str:
    """Who may hold a client, in a row."""
    j = part.problem.accounts.index(client_id)
    return " ".join(part.problem.managers[i] for i in part.problem.may_hold[j])


def settled(part: BookPart, client_id: str = "C1") -> str:
    return SETTLED[int(part.settled[part.problem.accounts.index(client_id)])]


def goal_list(*names: str) -> str:
    """Goals as the value of an override; ``bands:5%`` has a tolerance."""
    told = ((name.partition(":")[0], name.partition(":")[2] or "0") for name in names)
    return "[" + ", ".join(f'{{ name = "{n}", tolerance = "{t}" }}' for n, t in told) + "]"
