"""What each manager holds before and after a division, in one pass over the clients."""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.scheme import Scheme


def portfolios(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation
) -> tuple[Portfolio, ...]:
    """One line for each manager (tier not None) and for each other member of staff who holds a client before
    or after, in staff_id order.

    before: every client they are the incumbent of. after: the divided accounts (those in
    `allocation.holder`) they now hold and the other clients they are the incumbent of. The measures are
    the scheme's, in millionths of their unit. A holder or incumbent who is not on the roster gets no
    line: the audit names them.
    """
    measures = scheme.measures
    zeros = [0] * len(measures)
    books: dict[str, tuple[_Book, _Book]] = {}

    def book(staff_id: str) -> tuple[_Book, _Book]:
        found = books.get(staff_id)
        if found is None:
            found = books[staff_id] = (_Book(zeros), _Book(zeros))
        return found

    seated: set[str] = set()
    holder_of = allocation.holder
    for client in case.clients:
        previous = client.incumbent
        divided = client.client_id in holder_of
        holder = holder_of[client.client_id] if divided else previous
        if previous is None and holder is None:
            continue
        loads = [m.of(client) for m in measures]
        if previous is not None:
            book(previous)[0].add(loads)
        if holder is not None:
            book(holder)[1].add(loads)
            if divided and holder not in seated:
                segment = scheme.segment_of(client)
                if segment is not None and scheme.team_of(segment.key) is not None:
                    seated.add(holder)

    keys = [m.key for m in measures]
    lines = []
    for person in case.roster:
        grade = grades.get(person.staff_id)
        tier = grade.tier if grade is not None else None
        if tier is None and person.staff_id not in books:
            continue
        before, after = books.get(person.staff_id) or (_Book(zeros), _Book(zeros))
        lines.append(
            Portfolio(
                staff_id=person.staff_id,
                tier=tier,
                branch=person.branch,
                on_team=person.staff_id in seated,
                clients_before=before.clients,
                clients_after=after.clients,
                before=dict(zip(keys, before.loads, strict=True)),
                after=dict(zip(keys, after.loads, strict=True)),
            )
        )
    return tuple(lines)


class _Book:
    """Running totals of one person's clients."""

    __slots__ = ("clients", "loads")

    def __init__(self, loads: list[int]) -> None:
        self.clients = 0
        self.loads = loads

    def add(self, loads: list[int]) -> None:
        self.clients += 1
        self.loads = [a + b for a, b in zip(self.loads, loads, strict=True)]
