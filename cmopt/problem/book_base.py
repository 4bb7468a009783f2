"""What managers hold whatever becomes of the book: the key accounts, and clients outside the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from cmopt.domain.allocation import Allocation
from cmopt.domain.clients import Case
from cmopt.domain.declared import WHOLE
from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Book, Measure, Scheme
from cmopt.problem.book_columns import Columns


def measures_of(book: Book) -> tuple[str | None, ...]:
    """The measures that bands, limits and mix look at; None: the number of clients."""
    named = [
        *(b.measure for b in book.bands),
        *(m.measure for m in book.limits),
        *(m.measure for m in book.mix),
    ]
    return tuple(dict.fromkeys(named))


def base_loads(
    case: Case,
    scheme: Scheme,
    columns: Columns,
    key: Allocation,
    outside: Bools,
    measures: Iterable[str | None],
) -> Mapping[str | None, Ints]:
    """Measure -> by position in the roster what each carries, in millionths: key accounts as `key` divides them
    (a backup its share, rounded down), and the clients `outside` key accounts and book, on their incumbents."""
    number = {s.staff_id: n for n, s in enumerate(case.roster)}
    found: dict[str | None, Ints] = {}
    staying = np.flatnonzero(outside & (columns.incumbent >= 0))
    for name in measures:
        measure = None if name is None else scheme.measure_by_key[name]
        base = np.zeros(len(number), dtype=np.int64)
        for client_id, holder in key.holder.items():
            if holder is None:
                continue
            base[number[holder]] += _load(case, measure, holder, client_id)
            for backup in key.backups.get(client_id, ()):
                share = _load(case, measure, backup, client_id) * scheme.backups.share // WHOLE
                base[number[backup]] += share
        loads = np.full(len(outside), UNIT, dtype=np.int64) if measure is None else columns.loads(measure)
        if measure is not None:
            loads = _with_pairs(case, columns, measure, loads, staying)
        np.add.at(base, columns.incumbent[staying], loads[staying])
        found[name] = base
    return found


def _load(case: Case, measure: Measure | None, staff_id: str, client_id: str) -> int:
    if measure is None:
        return UNIT
    return measure.of(case.client_by_id[client_id], case.link_of.get((staff_id, client_id)))


def _with_pairs(case: Case, columns: Columns, measure: Measure, loads: Ints, staying: Ints) -> Ints:
    """The loads with what the links table says of clients on their own incumbents."""
    linked = [k for k in case.links if measure.column in k.measures]
    if not linked:
        return loads
    loads, there = loads.copy(), set(staying.tolist())
    people = {s.staff_id: n for n, s in enumerate(case.roster)}
    for link in linked:
        c = case.clients.position(link.client_id)
        if c is not None and c in there and columns.incumbent[c] == people.get(link.staff_id):
            loads[c] = measure.of(case.clients[c], link)
    return loads
