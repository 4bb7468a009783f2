"""The rest of the bank's book as Problems: which clients belong to it, into which parts it falls, one by one.

    plan = plan_book(case, scheme, grades, key, seed)
    for n in range(len(plan)):
        part = plan.part(n)                # built here, or
        part = plan.slice(n).build()       # in another process: a slice pickles and is small

See models/README.md, "The book", for every rule and goal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import BookPart
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Book, Scheme
from cmopt.errors import Finding, InputError, finding
from cmopt.i18n import N_
from cmopt.problem.book_base import base_loads, measures_of
from cmopt.problem.book_columns import NONE, Columns
from cmopt.problem.book_parts import Parts, parts_of
from cmopt.problem.book_slice import BookSlice, Manager

__all__ = ["BookPlan", "BookSlice", "book_of", "plan_book"]


@dataclass(frozen=True)
class BookPlan:
    """The book of one case, part by part; a part's Problem is made when it is asked for.

    counter: positions (in `case.clients`) of the deposits that the counter keeps, which are in no part.
    outside: positions of undivided clients that do not belong to the book and stay with their incumbents.
    """

    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    seed: int
    columns: Columns
    parts: Parts
    base: Mapping[str | None, Ints]
    counter: Ints
    outside: Ints
    seated: frozenset[int]

    def __len__(self) -> int:
        return len(self.parts.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each part: its first branch."""
        return self.parts.names

    def sizes(self) -> list[tuple[int, int]]:
        """Of each part the number of its clients and of its managers."""
        return [(len(c), len(s)) for c, s in zip(self.parts.clients, self.parts.staff, strict=True)]

    def part(self, n: int) -> BookPart:
        """Part number n, with its Problem. Raises InputError where a figure is too large to be exact."""
        return self.slice(n).build()

    def slice(self, n: int) -> BookSlice:
        """All that part number n is built from, and nothing else: it pickles."""
        clients, staff = self.parts.clients[n], self.parts.staff[n]
        roster = self.case.roster.staff
        people = [roster[s] for s in staff.tolist()]
        return BookSlice(
            name=self.parts.names[n],
            branches=self.parts.branches[n],
            regions=self.parts.regions[n],
            scheme=self.scheme,
            seed=self.seed,
            clients=clients,
            staff=staff,
            managers=tuple(
                Manager(
                    staff_id=p.staff_id,
                    branch=p.branch,
                    tier=self.grades[p.staff_id].tier or "",
                    rank=self.grades[p.staff_id].rank,
                    is_head=p.post is not None and p.post in self.book.head_posts,
                    seated=s in self.seated,
                    own=p.measures,
                )
                for p, s in zip(people, staff.tolist(), strict=True)
            ),
            columns=self.columns.take(clients, staff),
            links=self.parts.links[n],
            no_bid=self.columns.no_bid,
            base={k: v[staff] for k, v in self.base.items()},
        )

    @property
    def book(self) -> Book:
        return book_of(self.scheme)


def book_of(scheme: Scheme) -> Book:
    """The scheme's [book]; InputError where it has none."""
    if scheme.book is None:
        text = N_("the scheme {scheme} does not say how the rest of the book is divided: it has no [book]")
        raise InputError(finding("no-book", text, "book", scheme=scheme.title))
    return scheme.book


def plan_book(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], key: Allocation, seed: int
) -> BookPlan:
    """The book of `case` beside the key accounts as `key` divides them.

    Raises InputError: no [book]; a client of the book that asks for several managers; pins that contradict
    each other or name no manager; a column of own limits that is not there; figures too large to be exact.
    """
    book = book_of(scheme)
    columns = Columns.of(case, scheme)
    inside, counter, outside = _whose(columns, scheme, book)
    seated = _seated(case, scheme, key)
    _refuse(case, scheme, grades, columns, inside)
    base = base_loads(case, scheme, columns, key, outside, measures_of(book))
    parts = parts_of(case, scheme, grades, columns, inside, seated)
    return BookPlan(
        case=case,
        scheme=scheme,
        grades=grades,
        seed=seed,
        columns=columns,
        parts=parts,
        base=base,
        counter=np.flatnonzero(counter),
        outside=np.flatnonzero(outside),
        seated=seated,
    )


def _whose(columns: Columns, scheme: Scheme, book: Book) -> tuple[Bools, Bools, Bools]:
    """Which clients are divided with the book, which the counter keeps, which undivided ones are neither."""
    wanted = [
        not s.divide and bool(s.tiers) and (not book.segments or s.key in book.segments)
        for s in scheme.segments
    ]
    divided = [s.divide for s in scheme.segments]
    of_book = np.array([*wanted, False], dtype=np.bool_)[columns.segment]
    of_key = np.array([*divided, False], dtype=np.bool_)[columns.segment]
    counter = np.zeros(len(of_book), dtype=np.bool_)
    if book.counter != "none":
        counter = of_book & ~columns.loan & columns.counter
    if book.counter == "unclaimed":
        unclaimed = (columns.incumbent == NONE) & (columns.developer == NONE)
        counter |= of_book & ~columns.loan & unclaimed
    counter &= ~columns.pinned
    return of_book & ~counter, counter, ~of_book & ~of_key


def _seated(case: Case, scheme: Scheme, key: Allocation) -> frozenset[int]:
    """Positions of the members of the central teams."""
    if not scheme.teams:
        return frozenset()
    of_team = {s for t in scheme.teams for s in t.segments}
    number = {s.staff_id: n for n, s in enumerate(case.roster)}
    found = set()
    for client_id, staff_id in key.holder.items():
        segment = scheme.segment_of(case.client_by_id[client_id])
        if staff_id is not None and segment is not None and segment.key in of_team:
            found.add(number[staff_id])
    return frozenset(found)


def _refuse(case: Case, scheme: Scheme, grades: Mapping[str, Grade], columns: Columns, inside: Bools) -> None:
    book = book_of(scheme)
    faults: list[Finding] = []
    if not inside.any():
        faults.append(
            finding("book-empty", N_("no client belongs to the rest of the book: nothing to divide"))
        )
    several = N_(
        "client {client} of {segment} asks for {n} managers; a client of the rest of the book takes exactly one"
    )
    for c in np.flatnonzero(inside & (columns.needed != 1)).tolist():
        title = scheme.segments[int(columns.segment[c])].title
        n, client = int(columns.needed[c]), columns.ids[c]
        faults.append(finding("managers-needed", several, "clients", client=client, segment=title, n=n))
    faults += _pin_faults(case, grades, columns, inside)
    for limit in book.limits:
        for column in (limit.least_column, limit.most_column):
            if column is not None and not any(column in s.measures for s in case.roster):
                text = N_('the limit {title} needs a column of figures "{column}" in the staff table')
                faults.append(finding("limit-column", text, "staff", title=limit.title, column=column))
    if faults:
        raise InputError(faults)


def _pin_faults(case: Case, grades: Mapping[str, Grade], columns: Columns, inside: Bools) -> list[Finding]:
    found: list[Finding] = []
    pinned: dict[int, str] = {}
    for link in case.links:
        c = case.clients.position(link.client_id) if link.rule == "pin" else None
        if c is None or not inside[c]:
            continue
        if grades[link.staff_id].tier is None:
            text = N_("{client} is pinned to {staff}, who is no manager under this plan: remove the pin")
            found.append(finding("pin-no-manager", text, client=link.client_id, staff=link.staff_id))
        first = pinned.setdefault(c, link.staff_id)
        if first != link.staff_id:
            text = N_(
                "{client} is pinned to {first} and to {second}, but takes one manager: remove one of the pins"
            )
            client, second = link.client_id, link.staff_id
            found.append(finding("pin-several", text, "links", client=client, first=first, second=second))
    return found
