"""One line for each client of the book, with the reason it went where it went and what that is worth.

Figures are made a whole part at a time; the lines themselves one by one, so that a million lines are no list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cmopt.audit.book import part_of
from cmopt.audit.book_columns import NONE, Bools, Ints
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import DEVELOPER, HEAD, MAKER, PIN, BookGiven
from cmopt.audit.book_part import Part
from cmopt.domain.allocation import Allocation, Line, Outcome
from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme, Segment
from cmopt.errors import Message, Once, Worded
from cmopt.explain.book_moves import Division
from cmopt.explain.book_nobody import why_nobody, why_not
from cmopt.explain.book_prices import NextBest, Prices
from cmopt.explain.book_words import Told, Words, tier_and_rank
from cmopt.explain.edits import with_edits
from cmopt.i18n import N_

BY_RULE = (PIN, HEAD, MAKER, DEVELOPER)  # rules that name the manager


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
    tellers = list(tellers_of(case, scheme, grades, key, book.parts, seed))
    of_client, row = np.full(len(case.clients), NONE), np.full(len(case.clients), NONE)
    for n, teller in enumerate(tellers):
        of_client[teller.part.clients], row[teller.part.clients] = n, np.arange(len(teller.part.clients))
    divided = np.flatnonzero(of_client != NONE)
    places = zip(of_client[divided].tolist(), row[divided].tolist(), strict=True)
    return with_edits((tellers[n].line(j) for n, j in places), case.links)


def tellers_of(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    parts: Iterable[PartResult],
    seed: int,
) -> Iterator[Teller]:
    """One for each of these parts that has a division; `Teller.lines` gives the lines of one part."""
    eligible = Eligible(BookGiven(case, scheme, grades, key))
    for result in parts:
        if result.holder is not None:
            part = part_of(eligible, result.name)
            yield Teller(Division(part, part.number(result.holder), seed))


@dataclass(frozen=True)
class Teller:
    """The lines of one part; clients and managers are numbers within it."""

    division: Division

    def lines(self) -> Iterator[Line]:
        """A line for each client of the part, in order."""
        return map(self.line, range(len(self.part.clients)))

    def line(self, j: int) -> Line:
        flat = self._flat
        client_id, segment, before, holder = flat.ids[j], flat.segment[j], flat.before[j], flat.holder[j]
        if holder == NONE:
            return Line(client_id, None, segment.key, None, before, "unassigned", self._empty(j))
        staff = self.part.manager_ids[holder]
        outcome: Outcome = "new" if before is None else "kept" if staff == before else "moved"
        reason = self._kept(j, holder, segment) if outcome == "kept" else self._given(j, holder, before)
        return Line(client_id, staff, segment.key, "manager", before, outcome, reason)

    # --- who keeps it, who gets it, who does not ---

    def _kept(self, j: int, holder: int, segment: Segment) -> Message:
        staff = self.part.manager_ids[holder]
        if self._flat.settled[j] in BY_RULE:
            return self.words.by_rule(j, staff)
        if self.part.given.grades[staff].tier in segment.tiers:
            kept: Worded = self._tier_may(holder, segment)
        else:
            text = N_("stays with its manager (incumbency): {staff} was let in for this client (rule allow)")
            kept = Message(text, {"staff": staff})
        price = self.words.elsewhere(self.stay, self._flat.stay_at[j])
        return Message(N_("{kept}; {price}"), {"kept": kept, "price": price})

    def _given(self, j: int, holder: int, before: str | None) -> Message:
        """Why it was open, then why this manager."""
        flat, staff = self._flat, self.part.manager_ids[holder]
        if flat.settled[j] in BY_RULE:
            given = self.words.by_rule(j, staff)
        elif flat.back_at[j] != NONE:
            given = self.words.going_back(self.back, flat.back_at[j])
        elif flat.keeper[j] != NONE:
            text = N_("{staff} may not hold all companies of its group, which stay in one hand")
            given = Message(text, {"staff": before})
        else:
            given = self._chosen(j)
        told: dict[str, object] = {"staff": staff, "given": given}
        told |= {"place": self._place(holder), "opened": self._opened(j, before)}
        if flat.grouped[j]:
            text = N_("{opened}; given to {staff} ({place}) with {n} more of its group; {given}")
            return Message(text, {**told, "n": flat.grouped[j]})
        return Message(N_("{opened}; given to {staff} ({place}); {given}"), told)

    def _chosen(self, j: int) -> Message:
        said = self.words.instead(self.rest, self._flat.rest_at[j])
        return Message(N_("the only one who may hold it")) if said is None else said

    def _opened(self, j: int, before: str | None) -> Message:
        if before is None:
            return Message(N_("nobody was responsible"))
        if self._flat.keeper[j] != NONE:
            return Message(N_("{staff} hands it over"), {"staff": before})
        why = why_not(self.part, j)
        return Message(N_("{staff} gives it up: {why}"), {"staff": before, "why": why})

    def _empty(self, j: int) -> Message:
        """Why nobody has it: nobody may, or what it would break or cost to give it to whoever may."""
        if not self.part.may[j].any():
            return why_nobody(self.part, j)
        return self.words.left_out(self.rest, self._flat.rest_at[j])

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
        by_rule = np.isin(part.settled, BY_RULE)
        rest = (holder == NONE) | ((part.keeper == NONE) & ~by_rule)
        return np.flatnonzero(taken), np.flatnonzero(rest & part.may.any(axis=1))

    @cached_property
    def back(self) -> Prices:
        """Of each client taken from its incumbent what going back would do."""
        taken = self._rows[0]
        moves = self.division.moves(self.part.unit[taken], self.part.keeper[taken])
        return Prices.of(self.division, moves)

    @cached_property
    def rest(self) -> Told:
        return Told.of(NextBest.of(self.division, self.part.unit[self._rows[1]]))

    @cached_property
    def stay(self) -> Told:
        return Told.of(NextBest.of(self.division, self.part.unit[self._staying]))

    @cached_property
    def _flat(self) -> _Flat:
        part, positions = self.part, self.part.clients
        clients, segments = part.given.case.clients, part.given.scheme.segments
        named = clients.columns.incumbent
        names = (*named.names, None)  # a blank is the last
        return _Flat(
            ids=[clients.ids[at] for at in positions.tolist()],
            segment=[segments[n] for n in part.given.columns.segment[positions].tolist()],
            before=[names[n] for n in named.code[positions].tolist()],
            holder=self.division.holder.tolist(),
            settled=part.settled.tolist(),
            keeper=part.keeper.tolist(),
            back_at=self._numbered(self._rows[0]),
            rest_at=self._numbered(self._rows[1]),
            stay_at=self._numbered(self._staying),
            grouped=self._grouped,
        )

    @cached_property
    def _staying(self) -> Ints:
        """Clients who stay with the manager who holds them now."""
        part = self.part
        incumbent = part.number(part.given.case.clients.incumbent[part.clients])
        return np.flatnonzero((incumbent != NONE) & (incumbent == self.division.holder))

    def _numbered(self, rows: Ints) -> list[int]:
        found = np.full(len(self.part.clients), NONE, dtype=np.int64)
        found[rows] = np.arange(len(rows))
        return found.tolist()

    @property
    def _grouped(self) -> list[int]:
        """How many other companies stay together with each client."""
        found = np.zeros(len(self.part.clients), dtype=np.int64)
        for members in self.part.together:
            found[members] = len(members) - 1
        return found.tolist()

    # --- words for managers, each made once ---

    def _place(self, holder: int) -> Worded:
        if holder not in self._places:
            self._places[holder] = Once(tier_and_rank(self.part, self.part.manager_ids[holder]))
        return self._places[holder]

    @cached_property
    def _places(self) -> dict[int, Worded]:
        return {}

    def _tier_may(self, holder: int, segment: Segment) -> Worded:
        """That a manager's tier lets them keep a client of the segment."""
        tier = int(self.part.given.columns.staff_tier[self.part.managers[holder]])
        if (tier, segment.key) not in self._tiers:
            told = {"tier": self.part.given.scheme.grading.tiers[tier].title, "segment": segment.title}
            text = N_("stays with its manager (incumbency): the tier {tier} may hold {segment}")
            self._tiers[tier, segment.key] = Once(Message(text, told))
        return self._tiers[tier, segment.key]

    @cached_property
    def _tiers(self) -> dict[tuple[int, str], Worded]:
        return {}


@dataclass(frozen=True)
class _Flat:
    """Of each client of a part what its line is made from, as lists, which are read one by one faster than
    arrays. before: who held it. *_at: its number among those of `back`, `rest`, `stay`."""

    ids: list[str]
    segment: list[Segment]
    before: list[str | None]
    holder: list[int]
    settled: list[int]
    keeper: list[int]
    back_at: list[int]
    rest_at: list[int]
    stay_at: list[int]
    grouped: list[int]
