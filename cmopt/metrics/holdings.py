"""What each manager holds before and after a division, in one pass over the clients."""

from __future__ import annotations

from collections.abc import Mapping

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case, Client
from cmopt.domain.declared import WHOLE
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.scheme import Scheme


def portfolios(
    case: Case, scheme: Scheme, grades: Mapping[str, Grade], allocation: Allocation
) -> tuple[Portfolio, ...]:
    """One line for each manager (tier not None) and for each other member of staff who holds a client before
    or after, in staff_id order.

    before: every client they are the incumbent of. after: the divided accounts (those in
    `allocation.holder`) they now hold, alone or as the lead, and the other clients they are the incumbent of;
    of an account they are backup of, no client but the share of its loads that the scheme gives a backup
    (rounded down). The measures are the scheme's, in millionths of their unit; where the links table has a
    figure for the person and the client, that counts. A holder or incumbent who is not on the roster gets
    no line: the audit names them.
    """
    measures = scheme.measures
    pairs = {pair: link for pair, link in case.link_of.items() if link.measures}
    zeros = [0] * len(measures)
    books: dict[str, tuple[_Book, _Book]] = {}

    def book(staff_id: str) -> tuple[_Book, _Book]:
        found = books.get(staff_id)
        if found is None:
            found = books[staff_id] = (_Book(zeros), _Book(zeros))
        return found

    def loads(client: Client, staff_id: str) -> list[int]:
        link = pairs.get((staff_id, client.client_id)) if pairs else None
        return [m.of(client, link) for m in measures]

    seated: set[str] = set()
    holder_of = allocation.holder
    for client in case.clients:
        previous = client.incumbent
        divided = client.client_id in holder_of
        holder = holder_of[client.client_id] if divided else previous
        if previous is None and holder is None:
            continue
        figures: list[int] = []
        if previous is not None:
            figures = loads(client, previous)
            book(previous)[0].add(figures)
        if holder is not None:
            book(holder)[1].add(figures if holder == previous else loads(client, holder))
            if divided and holder not in seated:
                segment = scheme.segment_of(client)
                if segment is not None and scheme.team_of(segment.key) is not None:
                    seated.add(holder)

    for client_id, backups in allocation.backups.items():
        if (backed := case.client_by_id.get(client_id)) is None:
            continue
        for staff_id in backups:
            shared = [v * scheme.backups.share // WHOLE for v in loads(backed, staff_id)]
            book(staff_id)[1].add(shared, clients=0)

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

    def add(self, loads: list[int], clients: int = 1) -> None:
        self.clients += clients
        self.loads = [a + b for a, b in zip(self.loads, loads, strict=True)]
