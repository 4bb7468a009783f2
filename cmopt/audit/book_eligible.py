"""Who may hold a client of the book, and which rule settled it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from cmopt.audit.book_columns import NONE, Bools, Ints
from cmopt.audit.book_given import DEVELOPER, HEAD, MAKER, PIN, ROTATION, BookGiven


@dataclass(frozen=True)
class Eligible:
    """By position of client and staff.

    The first of these that applies settles a client, as far as whom it names may hold it: a pin; a problem loan
    to its branch head or maker; rotation, which bars the incumbent; the developer.
    """

    given: BookGiven

    def may(self, clients: Ints, people: Ints) -> Bools:
        """Of each pair whether the person may hold the client; a person below 0 may hold none."""
        rule, named = self.settled[clients], self.named[clients]
        may = self.before_rules(clients, people)
        one = np.isin(rule, (PIN, MAKER, DEVELOPER))
        may = np.where(rule == HEAD, may & self._is_head(clients, people), may)
        may = np.where(rule == ROTATION, may & (people != self.given.case.clients.incumbent[clients]), may)
        return np.asarray(np.where(one, people == named, may) & (people >= 0), dtype=np.bool_)

    def table(self, clients: Ints, people: Ints) -> Bools:
        """[client, person] for all pairs of these (each once)."""
        given, c = self.given, self.given.columns
        tier = c.staff_tier[people]
        may = given.place[c.segment[clients][:, None], tier[None, :]] != NONE
        may &= given.takes[people][None, :]
        may &= self._region(clients)[:, None] == self._staff_region[people][None, :]
        rows, columns, opened = given.said.within(clients, people, len(given.case.clients))
        may[rows, columns] = (opened == 1) & (tier[columns] != NONE)
        rule, named = self.settled[clients], self.named[clients]
        one = np.flatnonzero(np.isin(rule, (PIN, MAKER, DEVELOPER)))
        may[one] = people[None, :] == named[one][:, None]
        head = np.flatnonzero(rule == HEAD)
        may[head] &= self._is_head(clients[head][:, None], people[None, :])
        away = np.flatnonzero(rule == ROTATION)
        may[away] &= people[None, :] != given.case.clients.incumbent[clients[away]][:, None]
        return np.asarray(may, dtype=np.bool_)

    def before_rules(self, clients: Ints, people: Ints) -> Bools:
        """By tier, region and links alone."""
        given, c = self.given, self.given.columns
        tier = np.where(people >= 0, c.staff_tier[people], NONE)
        may = (given.place[c.segment[clients], tier] != NONE) & given.takes[people]
        may &= self._region(clients) == self._staff_region[people]
        said, opened = given.said.where(clients, people)
        may = np.where(said, opened == 1, may)
        return np.asarray(may & (tier != NONE) & (people >= 0), dtype=np.bool_)

    def _region(self, clients: Ints) -> Ints:
        return np.asarray(self.given.region[self.given.case.clients.branch_code[clients]])

    @cached_property
    def _staff_region(self) -> Ints:
        return self.given.region[self.given.case.clients.staff_branch_code]

    def _is_head(self, clients: Ints, people: Ints) -> Bools:
        """Whether the person is the head of the client's own branch."""
        c = self.given.case.clients
        own = c.branch_code[clients] == c.staff_branch_code[people]
        return np.asarray(self.given.heads[people] & own)

    # --- which rule settled it ---

    @property
    def settled(self) -> Ints:
        """Of each client the rule that settled it, a number in SETTLED; whether anybody may hold it at all is
        not looked at."""
        return self._settled[0]

    @property
    def named(self) -> Ints:
        """Whom a pin, the rule of problem loans (maker) or the developer's rule names; NONE where none does."""
        return self._settled[1]

    @cached_property
    def _settled(self) -> tuple[Ints, Ints]:
        given, book = self.given, self.given.book
        clients, columns = given.case.clients, given.columns
        rule = np.zeros(len(clients), dtype=np.int64)
        named = np.full(len(clients), NONE, dtype=np.int64)
        pins = given.pinned.only(given.members[given.pinned.client])
        rule[pins.client], named[pins.client] = PIN, pins.person

        def give(these: Bools, people: Ints, why: int) -> None:
            at = np.flatnonzero(these & given.members & (rule == 0) & (people >= 0))
            at = at[self.before_rules(at, people[at])]
            rule[at], named[at] = why, people[at]

        problem = columns.is_loan & (columns.quality >= book.problem_from)
        if book.problem_loans == "maker":
            maker = np.where(given.without_developer, clients.incumbent, clients.developer)
            give(problem, maker, MAKER)
        if book.problem_loans == "head":
            at = np.flatnonzero(problem & given.members & (rule == 0))
            for person in np.flatnonzero(given.heads & (columns.staff_tier != NONE)):
                own = at[clients.branch_code[at] == clients.staff_branch_code[person]]
                own = own[self.before_rules(own, np.full(len(own), person))]
                rule[own] = HEAD
        at = np.flatnonzero(self._long_held() & given.members & (rule == 0))
        rule[at[self.before_rules(at, clients.incumbent[at])]] = ROTATION
        if book.developer == "keeps":
            give(~columns.is_loan | given.without_incumbent, clients.developer, DEVELOPER)
        return rule, named

    def _long_held(self) -> Bools:
        """Loans whose incumbent has held them for so many full years at the day that counts."""
        book, since = self.given.book, np.asarray(self.given.case.clients.held_since)
        if book.rotation_years is None or book.as_of is None:
            return np.zeros(len(since), dtype=np.bool_)
        last = _years_before(book.as_of, book.rotation_years).toordinal()
        return np.asarray(self.given.columns.is_loan & (since >= 0) & (since <= last), dtype=np.bool_)


def _years_before(day: date, years: int) -> date:
    """The last day on which a span of so many full years (anniversaries) at `day` can have begun."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 2, 28)
