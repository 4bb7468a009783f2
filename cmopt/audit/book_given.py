"""What is given of the book whatever its division: who belongs to it, which branches are divided together, who
may hold what and which rule settled it.

models/README.md, "The book", states each rule. Clients and staff are positions in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmopt.audit.book_columns import NONE, Bools, Columns, Ints, Pairs
from cmopt.audit.book_loads import base_of
from cmopt.domain.allocation import Allocation
from cmopt.domain.book import Book
from cmopt.domain.book_result import SETTLED
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme

PIN, HEAD, MAKER, DEVELOPER, ROTATION, COUNTER, NOBODY_MAY = (
    SETTLED.index(s) for s in ("pin", "head", "maker", "developer", "rotation", "counter", "nobody")
)


@dataclass(frozen=True)
class BookGiven:
    """Case, scheme, grades and the key accounts' division, and what follows from them alone."""

    case: Case
    scheme: Scheme
    grades: Mapping[str, Grade]
    key: Allocation

    @cached_property
    def columns(self) -> Columns:
        return Columns(self.case, self.scheme, self.grades)

    @property
    def book(self) -> Book:
        assert self.scheme.book is not None  # the caller has looked
        return self.scheme.book

    # --- which clients ---

    @cached_property
    def divided(self) -> Bools:
        """The key accounts."""
        return self._of_segments([s.divide for s in self.scheme.segments])

    @cached_property
    def of_the_book(self) -> Bools:
        """Clients of the book's segments, the counter's deposits among them."""
        named = self.book.segments
        return self._of_segments(
            [not s.divide and bool(s.tiers) and (not named or s.key in named) for s in self.scheme.segments]
        )

    @cached_property
    def counter(self) -> Bools:
        """Deposits of the book that the counter keeps: none that is pinned to somebody."""
        clients = self.case.clients
        kept = np.zeros(len(clients), dtype=np.bool_)
        if self.book.counter != "none":
            kept |= clients.counter
        if self.book.counter == "unclaimed":
            kept |= self.without_incumbent & self.without_developer
        kept[self.pinned.client] = False
        return kept & self.of_the_book & ~self.columns.is_loan

    @cached_property
    def members(self) -> Bools:
        """Clients that are divided."""
        return self.of_the_book & ~self.counter

    @cached_property
    def without_incumbent(self) -> Bools:
        """Nobody is named as incumbent."""
        return np.asarray(self.case.clients.columns.incumbent.code < 0)

    @cached_property
    def without_developer(self) -> Bools:
        return np.asarray(self.case.clients.columns.developer.code < 0)

    def _of_segments(self, wanted: list[bool]) -> Bools:
        return np.array([*wanted, False], dtype=np.bool_)[self.columns.segment]  # the last: no segment

    # --- which parts ---

    @cached_property
    def region(self) -> Ints:
        """Of each branch the first of those whose managers may hold its clients, as a number of a branch."""
        names = self.case.clients.branches
        number = {b: n for n, b in enumerate(names)}
        if self.book.jurisdiction == "bank":
            return np.zeros(len(names), dtype=np.int64)
        return _joined(len(names), [[number[b] for b in r if b in number] for r in self.book.regions])

    @cached_property
    def part(self) -> Ints:
        """Of each branch the first of those it is divided with: its region, and whatever a link on a client of
        the book joins to it."""
        clients, opened = self.case.clients, self.opened
        chains = [np.flatnonzero(self.region == r).tolist() for r in np.unique(self.region)]
        ends = (clients.branch_code[opened.client], clients.staff_branch_code[opened.person])
        return _joined(len(self.region), [*chains, *np.stack(ends, axis=1).tolist()])

    @cached_property
    def part_branches(self) -> dict[str, tuple[str, ...]]:
        """Name of each part that has clients -> its branches."""
        clients = self.case.clients
        there = np.unique(self.part[clients.branch_code[self.members]])
        return {
            clients.branches[p]: tuple(clients.branches[b] for b in np.flatnonzero(self.part == p))
            for p in there.tolist()
        }

    # --- who ---

    @cached_property
    def seated(self) -> Bools:
        """Members of the central teams: whoever holds any of their accounts."""
        found = np.zeros(len(self.columns.staff_ids), dtype=np.bool_)
        of_team = {key for team in self.scheme.teams for key in team.segments}
        for client_id, staff_id in self.key.holder.items():
            segment = self.scheme.segment_of(self.case.client_by_id[client_id])
            if staff_id in self.columns.staff_number and segment is not None and segment.key in of_team:
                found[self.columns.staff_number[staff_id]] = True
        return found

    @cached_property
    def takes(self) -> Bools:
        """Members of a team take clients of the book only where the scheme lets them."""
        return np.full(len(self.seated), True) if self.book.team_members else ~self.seated

    @cached_property
    def managers(self) -> Bools:
        """Whose tier may hold something of the book, and whoever a link lets in."""
        named = self.book.segments
        keys = {
            t for s in self.scheme.segments if not s.divide and (not named or s.key in named) for t in s.tiers
        }
        tier = np.array([*(t in keys for t in self.columns.tiers), False], dtype=np.bool_)
        found = tier[self.columns.staff_tier] & self.takes
        found[self.opened.person] = True
        return found

    @cached_property
    def heads(self) -> Bools:
        return np.array([s.post in self.book.head_posts for s in self.case.roster], dtype=np.bool_)

    @cached_property
    def place(self) -> Ints:
        """[segment, tier] -> the place of the tier in the segment's list, NONE where it is not in it. The last
        row and column stand for no segment and no tier."""
        tiers, segments = self.columns.tiers, self.scheme.segments
        found = np.full((len(segments) + 1, len(tiers) + 1), NONE, dtype=np.int64)
        for s, segment in enumerate(segments):
            for n, tier in enumerate(segment.tiers):
                found[s, tiers.index(tier)] = n
        return found

    @cached_property
    def opened(self) -> Pairs:
        """Allows and pins of managers on clients of the book."""
        pairs = self.columns.pairs(lambda k: 1 if k.rule in ("allow", "pin") else None)
        return pairs.only(self.members[pairs.client] & (self.columns.staff_tier[pairs.person] != NONE))

    @cached_property
    def pinned(self) -> Pairs:
        return self.columns.pairs(lambda k: 1 if k.rule == "pin" else None)

    @cached_property
    def said(self) -> Pairs:
        """1 where a link lets somebody in, 0 where it bars them."""
        return self.columns.pairs(lambda k: {"allow": 1, "forbid": 0}.get(k.rule or ""))

    # --- what is held besides the book ---

    def base(self, measure: str | None) -> list[int]:
        """Of all staff what they hold of a measure (None: clients) whatever becomes of the book."""
        if measure not in self._bases:
            self._bases[measure] = base_of(self, measure)
        return self._bases[measure]

    @cached_property
    def _bases(self) -> dict[str | None, list[int]]:
        return {}


def _joined(size: int, chains: Iterable[Sequence[int]]) -> Ints:
    """Of each number the least of those that the chains join it to, directly or through one another."""
    least = list(range(size))

    def first(n: int) -> int:
        while least[n] != n:
            n = least[n]
        return n

    for chain in chains:
        ends = {first(n) for n in chain}
        for end in ends:
            least[end] = min(ends)
    return np.array([first(n) for n in range(size)], dtype=np.int64)
