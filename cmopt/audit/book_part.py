"""One part of the book as the audit counts it: who may hold what, what is limited, what the goals add up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmopt.audit.book_columns import NONE, Bools, Ints
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import DEVELOPER, HEAD, MAKER, NOBODY_MAY, PIN, BookGiven
from cmopt.audit.book_loads import Limited, Mixed, limits_of, mixes_of
from cmopt.domain.fixed import UNIT


@dataclass(frozen=True)
class Part:
    """clients: positions of its clients, in order; managers: positions of its managers, in order."""

    given: BookGiven
    eligible: Eligible
    name: str
    clients: Ints
    managers: Ints

    @cached_property
    def may(self) -> Bools:
        """[client, manager] whether they may hold it."""
        return self.eligible.table(self.clients, self.managers)

    @cached_property
    def settled(self) -> Ints:
        """Which rule settled each client, a number in SETTLED."""
        return np.where(self.may.any(axis=1), self.eligible.settled[self.clients], NOBODY_MAY)

    @cached_property
    def keeper(self) -> Ints:
        """Of each client the number of the manager who holds it now and may keep it; NONE: nobody."""
        number = self.number(self.given.case.clients.incumbent[self.clients])
        there = np.flatnonzero(number != NONE)
        number[there[~self.may[there, number[there]]]] = NONE
        return number

    def number(self, people: Ints) -> Ints:
        """Positions in the roster -> numbers among the managers, NONE for anybody else."""
        found = np.full(len(self.given.managers) + 1, NONE, dtype=np.int64)
        found[self.managers] = np.arange(len(self.managers))
        return found[np.where((people >= 0) & (people < len(found)), people, NONE)]

    @cached_property
    def manager_ids(self) -> list[str]:
        return [self.given.columns.staff_ids[i] for i in self.managers.tolist()]

    @cached_property
    def able(self) -> Bools:
        """Of each manager whether they may hold anything here."""
        return np.asarray(self.may.any(axis=0))

    @cached_property
    def together(self) -> list[Ints]:
        """Clients (numbers within the part) that have the same manager, or are all left out.

        Companies of one group in one branch, as far as one person may hold them all; else those of them whom no
        rule settles on a person, as far as one may hold all of those.
        """
        if self.given.book.groups == "free":
            return []
        clients = self.given.case.clients
        group, branch = clients.group_code[self.clients], clients.branch_code[self.clients]
        named = np.flatnonzero(group >= 0)
        code = group[named].astype(np.int64) * len(clients.branches) + branch[named]
        found = []
        for members in _by_code(named, code):
            there = members[self.may[members].any(axis=1)]
            fixed = np.isin(self.settled[there], (PIN, HEAD, MAKER, DEVELOPER))
            for chosen in (there, there[~fixed]):
                if len(chosen) and self.may[chosen].all(axis=0).any():
                    if len(chosen) > 1:
                        found.append(chosen)
                    break
        return found

    @cached_property
    def unit(self) -> Ints:
        """Of each client the first client of those it stays together with."""
        first = np.arange(len(self.clients))
        for members in self.together:
            first[members] = members[0]
        return first

    @cached_property
    def balance(self) -> Ints:
        return np.asarray(self.given.case.clients.balance[self.clients])

    @cached_property
    def limits(self) -> list[Limited]:
        """The bands, which have a price, and the limits."""
        return limits_of(self)

    @cached_property
    def mixes(self) -> list[Mixed]:
        """The spreads that `mix` adds up."""
        return mixes_of(self)

    # --- what the goals add up ---

    @cached_property
    def points(self) -> Ints:
        """What a change of hands of each client costs: halves rounded up, at least 1."""
        weights, clients = self.given.book.handover, self.given.case.clients
        values, there = clients.column("difficulty")
        balance, difficulty = clients.balance[self.clients], np.where(there, values, 0)[self.clients]
        largest = [float(np.abs(v.astype(np.float64)).max(initial=0.0)) for v in (balance, difficulty)]
        if largest[0] * weights.balance + largest[1] * weights.difficulty > 2.0**61:
            balance, difficulty = balance.astype(object), difficulty.astype(object)
        whole = UNIT * UNIT
        exact = UNIT * weights.client + balance * weights.balance + difficulty * weights.difficulty
        return np.asarray(np.maximum(1, (2 * exact + whole) // (2 * whole)), dtype=np.int64)


def _by_code(rows: Ints, code: Ints) -> Iterator[Ints]:
    """The rows of each code that stands there more than once."""
    order = np.argsort(code, kind="stable")
    for same in np.split(rows[order], np.flatnonzero(np.diff(code[order])) + 1):
        if len(same) > 1:
            yield same
