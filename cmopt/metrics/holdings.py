"""What each manager holds before and after a division: totals over the columns of all clients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import NOBODY, BookResult
from cmopt.domain.client_figures import measure_loads
from cmopt.domain.clients import Case
from cmopt.domain.declared import WHOLE
from cmopt.domain.grade import Grade
from cmopt.domain.portfolio import Portfolio
from cmopt.domain.problem import Ints
from cmopt.domain.scheme import Scheme

SAFE = 2**62  # totals below this stay exact in 64 bits


def portfolios(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    allocation: Allocation,
    book: BookResult | None = None,
) -> tuple[Portfolio, ...]:
    """One line for each manager (tier not None) and for each other member of staff who holds a client before
    or after, in staff_id order.

    before: every client they are the incumbent of. after: the divided accounts (those in
    `allocation.holder`) they now hold, alone or as the lead, and the other clients they are the incumbent of;
    of an account they are backup of, no client but the share of its loads that the scheme gives a backup
    (rounded down). With `book`, of its clients those it gives them; what the counter keeps is nobody's; a part
    without a division stays with its incumbents. The measures are the scheme's, in millionths of their unit;
    where the links table has a figure for the person and the client, that counts. A holder or incumbent who is
    not on the roster gets no line: the audit names them.
    """
    number = {s.staff_id: i for i, s in enumerate(case.roster)}
    incumbent = case.clients.incumbent
    holder = holders(case, allocation, book)
    loads = _Loads(case, scheme, len(number))
    before, after = loads.of(incumbent), loads.of(holder)
    backups = _backup_loads(case, scheme, allocation, number)
    count_before, count_after = _count(incumbent, len(number)), _count(holder, len(number))
    seated = _seated(case, scheme, allocation)

    lines = []
    for i, person in enumerate(case.roster):
        grade = grades.get(person.staff_id)
        tier = grade.tier if grade is not None else None
        if tier is None and not count_before[i] and not count_after[i] and i not in backups:
            continue
        shares = backups.get(i, {})
        lines.append(
            Portfolio(
                staff_id=person.staff_id,
                tier=tier,
                branch=person.branch,
                on_team=person.staff_id in seated,
                clients_before=int(count_before[i]),
                clients_after=int(count_after[i]),
                before={m: v[i] for m, v in before.items()},
                after={m: v[i] + shares.get(m, 0) for m, v in after.items()},
            )
        )
    return tuple(lines)


def holders(case: Case, allocation: Allocation, book: BookResult | None = None) -> Ints:
    """Position in the roster of whoever holds each client after the division, NOBODY where nobody does."""
    number = {s.staff_id: i for i, s in enumerate(case.roster)}
    found = case.clients.incumbent.astype(np.int64)
    if book is not None:
        found[book.counter] = NOBODY
        given = book.holder(len(found))
        divided = book.clients
        found[divided] = given[divided]
    for client_id, staff_id in allocation.holder.items():
        at = case.clients.position(client_id)
        if at is not None:
            found[at] = NOBODY if staff_id is None else number.get(staff_id, NOBODY)
    return found


@dataclass(frozen=True)
class _Loads:
    case: Case
    scheme: Scheme
    staff: int

    def of(self, holder: Ints) -> dict[str, list[int]]:
        """Measure -> by position in the roster the total of the clients whose `holder` that is."""
        held = np.flatnonzero(holder != NOBODY)
        who = holder[held]
        found: dict[str, list[int]] = {}
        for m in self.scheme.measures:
            each = measure_loads(m, self.case.clients)[held]
            total = np.zeros(self.staff, dtype=np.int64 if _is_safe(each) else object)
            np.add.at(total, who, each)
            found[m.key] = total.tolist()
        self._pairs(holder, found)
        return found

    def _pairs(self, holder: Ints, found: dict[str, list[int]]) -> None:
        """Where the links table gives a holder another load of their client: that in its place."""
        number = {s.staff_id: i for i, s in enumerate(self.case.roster)}
        for link in self.case.links:
            at = self.case.clients.position(link.client_id) if link.measures else None
            i = number.get(link.staff_id)
            if at is None or i is None or holder[at] != i:
                continue
            client = self.case.clients[at]
            for m in self.scheme.measures:
                found[m.key][i] += m.of(client, link) - m.of(client, None)


def _is_safe(loads: Ints) -> bool:
    if loads.dtype == object or not len(loads):
        return not len(loads)
    return max(abs(int(loads.min())), abs(int(loads.max()))) * len(loads) < SAFE


def _count(holder: Ints, staff: int) -> Ints:
    return np.bincount(holder[holder != NOBODY], minlength=staff)


def _backup_loads(
    case: Case, scheme: Scheme, allocation: Allocation, number: Mapping[str, int]
) -> dict[int, dict[str, int]]:
    """Position in the roster -> measure -> the shares of the accounts they are backup of."""
    found: dict[int, dict[str, int]] = {}
    for client_id, backups in allocation.backups.items():
        client = case.client_by_id.get(client_id)
        for staff_id in backups:
            if client is None or staff_id not in number:
                continue
            link = case.link_of.get((staff_id, client_id))
            shares = found.setdefault(number[staff_id], {})
            for m in scheme.measures:
                shares[m.key] = shares.get(m.key, 0) + m.of(client, link) * scheme.backups.share // WHOLE
    return found


def _seated(case: Case, scheme: Scheme, allocation: Allocation) -> set[str]:
    """Whoever holds an account of a central team."""
    found = set()
    for client_id, staff_id in allocation.holder.items():
        client = case.client_by_id.get(client_id) if staff_id is not None else None
        segment = scheme.segment_of(client) if client is not None else None
        if segment is not None and scheme.team_of(segment.key) is not None and staff_id is not None:
            found.add(staff_id)
    return found
