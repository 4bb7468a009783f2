"""One line for each client of the book, with the reason it went where it went and what that is worth.

Figures are made a whole part at a time; the lines themselves one by one, so that a million lines are no list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmopt.audit.book import part_of
from cmopt.audit.book_columns import NONE, Bools, Ints
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import DEVELOPER, HEAD, MAKER, PIN, BookGiven
from cmopt.audit.book_part import Part
from cmopt.domain.allocation import Allocation, Line, Outcome
from cmopt.domain.book_result import BookResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme, Segment
from cmopt.errors import Message, Worded
from cmopt.explain.book_moves import Division
from cmopt.explain.book_nobody import why_nobody, why_not
from cmopt.explain.book_prices import NextBest, Prices
from cmopt.explain.book_words import Words, tier_and_rank
from cmopt.explain.edits import with_edits
from cmopt.i18n import N_


def book_lines(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
) -> Iterator[Line]:
    """A line for each client of every part that has a division, in client id order.

    `key`: the key accounts' division. The counter's deposits and clients of parts without a division have no
    line. Every division must be of just the clients of its part, as the audit sees it.
    """
    return with_edits(_lines(case, scheme, grades, key, book, seed), case.links)


def _lines(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
) -> Iterator[Line]:
    eligible = Eligible(BookGiven(case, scheme, grades, key))
    tellers: list[Teller] = []
    of_client, row = np.full(len(case.clients), NONE), np.full(len(case.clients), NONE)
    for result in book.parts:
        if result.holder is not None:
            part = part_of(eligible, result.name)
            of_client[part.clients], row[part.clients] = len(tellers), np.arange(len(part.clients))
            tellers.append(Teller(Division(part, part.number(result.holder), seed)))
    for position in np.flatnonzero(of_client != NONE).tolist():
        yield tellers[of_client[position]].line(int(row[position]))


@dataclass(frozen=True)
class Teller:
    """The lines of one part; clients and managers are numbers within it."""

    division: Division

    def line(self, j: int) -> Line:
        part = self.part
        clients, position = part.given.case.clients, int(part.clients[j])
        named = clients.columns.incumbent
        before = None if named.code[position] < 0 else named.names[named.code[position]]
        holder = int(self.division.holder[j])
        segment = part.given.scheme.segments[int(part.given.columns.segment[position])]
        if holder == NONE:
            return Line(clients.ids[position], None, segment.key, None, before, "unassigned", self._empty(j))
        staff = part.manager_ids[holder]
        outcome: Outcome = "new" if before is None else "kept" if staff == before else "moved"
        reason = self._kept(j, holder, segment) if outcome == "kept" else self._given(j, holder, before)
        return Line(clients.ids[position], staff, segment.key, "manager", before, outcome, reason)

    # --- who keeps it, who gets it, who does not ---

    def _kept(self, j: int, holder: int, segment: Segment) -> Message:
        staff, rule = self.part.manager_ids[holder], int(self.part.settled[j])
        if rule in (PIN, HEAD, MAKER, DEVELOPER):
            return self.words.by_rule(j, staff)
        if self.part.given.grades[staff].tier not in segment.tiers:
            text = N_("stays with its manager (incumbency): {staff} was let in for this client (rule allow)")
            kept = Message(text, {"staff": staff})
        else:
            told = {"tier": self._tier(holder), "segment": segment.title}
            kept = Message(
                N_("stays with its manager (incumbency): the tier {tier} may hold {segment}"), told
            )
        price = self.words.elsewhere(self.stay, int(self.stay_at[j]))
        return Message(N_("{kept}; {price}"), {"kept": kept, "price": price})

    def _given(self, j: int, holder: int, before: str | None) -> Message:
        """Why it was open, then why this manager."""
        rule = int(self.part.settled[j])
        if rule in (PIN, HEAD, MAKER, DEVELOPER):
            given = self.words.by_rule(j, self.part.manager_ids[holder])
        elif self.back_at[j] != NONE:
            given = self.words.going_back(self.back, int(self.back_at[j]))
        elif self.part.keeper[j] != NONE:
            text = N_("{staff} may not hold all companies of its group, which stay in one hand")
            given = Message(text, {"staff": before})
        else:
            given = self._chosen(j, holder)
        told: dict[str, object] = {"staff": self.part.manager_ids[holder], "given": given}
        told |= {"place": self._place(holder), "opened": self._opened(j, before)}
        if self._grouped[j]:
            text = N_("{opened}; given to {staff} ({place}) with {n} more of its group; {given}")
            return Message(text, {**told, "n": int(self._grouped[j])})
        return Message(N_("{opened}; given to {staff} ({place}); {given}"), told)

    def _chosen(self, j: int, holder: int) -> Message:
        said = self.words.instead(self.rest, int(self.rest_at[j]))
        return Message(N_("the only one who may hold it")) if said is None else said

    def _opened(self, j: int, before: str | None) -> Message:
        if before is None:
            return Message(N_("nobody was responsible"))
        if self.part.keeper[j] != NONE:
            return Message(N_("{staff} hands it over"), {"staff": before})
        why = why_not(self.part, j)
        return Message(N_("{staff} gives it up: {why}"), {"staff": before, "why": why})

    def _empty(self, j: int) -> Message:
        """Why nobody has it: nobody may, or what it would break or cost to give it to whoever may."""
        if not self.part.may[j].any():
            return why_nobody(self.part, j)
        return self.words.left_out(self.rest, int(self.rest_at[j]))

    # --- figures, for all lines at once ---

    @property
    def part(self) -> Part:
        return self.division.part

    @cached_property
    def words(self) -> Words:
        return Words(self.part)

    @cached_property
    def _rows(self) -> tuple[Ints, Ints]:
        """Clients taken from somebody who could keep them; clients that somebody had to be found for."""
        part, holder = self.part, self.division.holder
        taken = np.asarray((holder != NONE) & (part.keeper != NONE) & (part.keeper != holder))
        for members in part.together:
            every: Bools = np.asarray(part.may[members].all(axis=0))
            taken[members] &= every[part.keeper[members]]
        by_rule = np.isin(part.settled, (PIN, HEAD, MAKER, DEVELOPER))
        rest = (holder == NONE) | ((part.keeper == NONE) & ~by_rule)
        return np.flatnonzero(taken), np.flatnonzero(rest & part.may.any(axis=1))

    @cached_property
    def back(self) -> Prices:
        """Of each client taken from its incumbent what going back would do."""
        taken = self._rows[0]
        moves = self.division.moves(self.part.unit[taken], self.part.keeper[taken])
        return Prices.of(self.division, moves)

    @cached_property
    def rest(self) -> NextBest:
        return NextBest.of(self.division, self.part.unit[self._rows[1]])

    @cached_property
    def stay(self) -> NextBest:
        return NextBest.of(self.division, self.part.unit[self._staying])

    @cached_property
    def _staying(self) -> Ints:
        """Clients who stay with the manager who holds them now."""
        part = self.part
        incumbent = part.number(part.given.case.clients.incumbent[part.clients])
        return np.flatnonzero((incumbent != NONE) & (incumbent == self.division.holder))

    @cached_property
    def stay_at(self) -> Ints:
        return self._numbered(self._staying)

    @cached_property
    def back_at(self) -> Ints:
        return self._numbered(self._rows[0])

    @cached_property
    def rest_at(self) -> Ints:
        return self._numbered(self._rows[1])

    def _numbered(self, rows: Ints) -> Ints:
        found = np.full(len(self.part.clients), NONE, dtype=np.int64)
        found[rows] = np.arange(len(rows))
        return found

    @cached_property
    def _grouped(self) -> Ints:
        """How many other companies stay together with each client."""
        found = np.zeros(len(self.part.clients), dtype=np.int64)
        for members in self.part.together:
            found[members] = len(members) - 1
        return found

    # --- words for managers, each made once ---

    def _place(self, holder: int) -> Worded:
        if holder not in self._places:
            self._places[holder] = tier_and_rank(self.part, self.part.manager_ids[holder])
        return self._places[holder]

    @cached_property
    def _places(self) -> dict[int, Worded]:
        return {}

    def _tier(self, holder: int) -> Worded:
        tier = self.part.given.columns.staff_tier[self.part.managers[holder]]
        return self.part.given.scheme.grading.tiers[int(tier)].title
