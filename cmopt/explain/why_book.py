"""Why not me, for a client of the book: the rule that bars somebody by name, or what each goal would lose."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cmopt.audit.book import part_of
from cmopt.audit.book_columns import NONE
from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import DEVELOPER, HEAD, MAKER, PIN, BookGiven
from cmopt.audit.book_part import Part
from cmopt.domain.allocation import Allocation
from cmopt.domain.book_result import BookResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.domain.why import Effect, Explained, WhyNot
from cmopt.errors import InputError, Message, finding
from cmopt.explain.book import Teller
from cmopt.explain.book_moves import Division, Moves
from cmopt.explain.book_nobody import why_not_them
from cmopt.explain.book_words import Words
from cmopt.explain.edits import with_edits
from cmopt.i18n import N_

BY_NAME = (PIN, HEAD, MAKER, DEVELOPER)


def why_book(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
    client_id: str,
    staff_id: str | None,
) -> Explained:
    """The line of a client of the book, and what giving it to `staff_id` (None: to each of the others who may
    hold it, the best first) would do, all else as it is; counted again as the audit does.

    Raises InputError: the counter keeps it; its part has no division; nobody of this name; they hold it.
    """
    position = case.clients.position(client_id)
    result = next((p for p in book.parts if position is not None and position in p.clients), None)
    if position is None or result is None or result.holder is None:
        text = N_("{client} is not divided in this run")
        raise InputError(finding("explain-undivided", text, client=client_id))
    part = part_of(Eligible(BookGiven(case, scheme, grades, key)), result.name)
    division = Division(part, part.number(result.holder), seed)
    j = int(np.searchsorted(part.clients, position))
    (line,) = with_edits([Teller(division).line(j)], case.links)
    unit = int(part.unit[j])
    members = division.companies.get(unit, np.array([j]))
    together = tuple(case.clients.ids[part.clients[m]] for m in members.tolist() if m != j)
    if staff_id is not None:
        return Explained(line, (_them(division, j, members.tolist(), staff_id),), together)
    able = np.flatnonzero(part.may[members].all(axis=0))
    others = [i for i in able.tolist() if i != division.holder[j]]
    found = [_moved(division, unit, i) for i in others]
    found.sort(key=lambda w: (len(w.breaks), [e.worse for e in w.effects], w.staff_id))
    return Explained(line, tuple(found), together)


def _them(division: Division, j: int, members: list[int], staff_id: str) -> WhyNot:
    part = division.part
    person = next((n for n, s in enumerate(part.given.case.roster) if s.staff_id == staff_id), None)
    if person is None:
        text = N_("there is nobody with the staff id {staff}")
        raise InputError(finding("explain-nobody", text, "--staff", staff=staff_id))
    number = int(part.number(np.array([person]))[0])
    if number != NONE and number == division.holder[j]:
        raise InputError(finding("explain-holder", N_("{staff} holds it"), "--staff", staff=staff_id))
    for m in sorted(members, key=lambda m: m != j):
        if number == NONE or not part.may[m, number]:
            return WhyNot(staff_id, _barred(part, m, person, m == j))
    return _moved(division, int(part.unit[j]), number)


def _barred(part: Part, j: int, person: int, itself: bool) -> Message:
    """Why a person may not hold client j, or this company of its group."""
    rule, named = int(part.settled[j]), int(part.eligible.named[part.clients[j]])
    why = why_not_them(part, j, person)
    by_name = rule in BY_NAME and part.eligible.before_rules(part.clients[[j]], np.array([person]))[0]
    if by_name or (rule == PIN and named != NONE):
        whom = part.given.columns.staff_ids[named] if named != NONE else ""
        if rule == HEAD:
            whom = " / ".join(part.manager_ids[i] for i in np.flatnonzero(part.may[j]).tolist())
        why = Words(part).by_rule(j, whom)
    if itself:
        return why
    text = N_("{client} of its group stays together with it: {why}")
    return Message(text, {"client": part.given.case.clients.ids[part.clients[j]], "why": why})


def _moved(division: Division, unit: int, after: int) -> WhyNot:
    """What giving the client, and whatever stays together with it, to a manager would break and change."""
    part, words = division.part, Words(division.part)
    moves = division.moves(np.array([unit]), np.array([after]))
    worse = [n for n, _ in enumerate(part.limits) if int(division.limit_change(n, moves)[0]) > 0]
    breaks = tuple(words.hit(n, division.hit(n, moves), 0) for n in worse if part.limits[n].price is None)
    priced = [n for n in worse if part.limits[n].price is not None]
    effects = tuple(_effect(division, goal.name, moves, priced, words) for goal in part.given.book.goals)
    return WhyNot(part.manager_ids[after], None, breaks, effects)


def _effect(division: Division, goal: str, moves: Moves, priced: list[int], words: Words) -> Effect:
    change = int(division.change(goal, moves)[0])
    because = [words.hit(n, division.hit(n, moves), 0) for n in priced] if goal == "bands" else []
    return Effect(goal, change, tuple(because))
