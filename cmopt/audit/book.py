"""Audit the division of the whole book: every rule, every goal, every bound again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from cmopt.audit.book_eligible import Eligible
from cmopt.audit.book_given import BookGiven
from cmopt.audit.book_goals import goal_values
from cmopt.audit.book_part import Part
from cmopt.audit.book_record import check_part
from cmopt.audit.book_rules import broken_rules
from cmopt.domain.allocation import Allocation
from cmopt.domain.book_findings import BookAudit, PartAudit
from cmopt.domain.book_result import BookResult, PartResult
from cmopt.domain.clients import Case
from cmopt.domain.grade import Grade
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_


def audit_book(
    case: Case,
    scheme: Scheme,
    grades: Mapping[str, Grade],
    key: Allocation,
    book: BookResult,
    seed: int,
) -> BookAudit:
    """Every broken rule of the book, each part's goals recounted in exact integers, each bound from its duals.

    `key` is the key accounts' division, which counts as base load; `grades` come from grading `case` under
    `scheme`, which must have a [book]. A finding about a part has the part's name as its place.
    """
    given = BookGiven(case, scheme, grades, key)
    eligible = Eligible(given)
    breaches = [*_parts_as_declared(given, book), *_everybody_once(given, book)]
    audits = []
    for result in book.parts:
        if result.name in given.part_branches:
            found, audit = _audit_part(part_of(eligible, result.name), result, seed)
            breaches += [replace(f, where=f.where or result.name) for f in found]
            audits.append(audit)
    return BookAudit(tuple(breaches), tuple(audits))


def part_of(eligible: Eligible, name: str) -> Part:
    """The part of this name, one of `BookGiven.part_branches`."""
    given, clients = eligible.given, eligible.given.case.clients
    inside = np.isin(np.array(clients.branches, dtype=object), given.part_branches[name])
    mine = given.members & inside[clients.branch_code]
    return Part(
        given,
        eligible,
        name,
        np.flatnonzero(mine),
        np.flatnonzero(given.managers & inside[clients.staff_branch_code]),
    )


def _audit_part(part: Part, result: PartResult, seed: int) -> tuple[list[Finding], PartAudit]:
    """Rules and goals where there is a division of just these clients; what the solver claims, in any case."""
    if result.holder is None:
        values, found = None, []
    elif np.array_equal(result.clients, part.clients) and len(result.holder) == len(part.clients):
        values = goal_values(part, part.number(result.holder), seed)
        found = broken_rules(part, result.holder)
    else:  # said by `_everybody_once`
        return [], PartAudit(part.name, {}, {}, {})
    if result.managers != len(part.managers):
        text = N_("the record counts {said} managers; by the scheme there are {counted}")
        found.append(finding("book-managers", text, said=result.managers, counted=len(part.managers)))
    claims, standing, recounted = check_part(part, result, values, seed)
    return [*found, *claims], PartAudit(part.name, values or {}, standing, recounted)


# --- the parts ---------------------------------------------------------------------------------------


def _parts_as_declared(given: BookGiven, book: BookResult) -> Iterator[Finding]:
    """The parts are the regions, joined where a link crosses them, that have clients."""
    declared = given.part_branches
    for part in book.parts:
        if part.name not in declared:
            text = N_("there is no such part of the book under this scheme")
            yield finding("book-part", text, part.name)
        elif part.branches != declared[part.name]:
            yield finding(
                "book-branches",
                N_("the record joins {said}; the scheme and the links join {counted}"),
                part.name,
                said=Listed(part.branches),
                counted=Listed(declared[part.name]),
            )
    for name in sorted(declared.keys() - {p.name for p in book.parts}):
        yield finding("book-part-missing", N_("a part of the book is missing"), name)


def _everybody_once(given: BookGiven, book: BookResult) -> Iterator[Finding]:
    """Every client of the book is in exactly one part with a division; the counter's deposits are in none."""
    clients, ids = given.case.clients, given.case.clients.ids
    divided = [p.clients for p in book.parts if p.holder is not None]
    everywhere = np.concatenate(divided) if divided else np.zeros(0, dtype=np.int64)
    outside = (everywhere < 0) | (everywhere >= len(ids))
    for position in everywhere[outside].tolist():
        yield finding("book-no-client", N_("there is no client at position {n}"), n=position)
    times = np.bincount(everywhere[~outside], minlength=len(ids))
    for j in np.flatnonzero(times > 1).tolist():
        yield finding("book-twice", N_("{client} is in {n} parts"), client=ids[j], n=int(times[j]))
    for j in np.flatnonzero((times > 0) & ~given.members).tolist():
        text = N_("{client} is divided with the book, but does not belong to it")
        if given.counter[j]:
            text = N_("{client} is divided with the book, but the counter keeps it")
        yield finding("book-stray", text, client=ids[j])
    undivided = {p.name for p in book.parts if p.holder is None}
    waiting = np.array([clients.branches[n] in undivided for n in given.part.tolist()], dtype=np.bool_)
    for j in np.flatnonzero((times == 0) & given.members & ~waiting[clients.branch_code]).tolist():
        yield finding("book-left-over", N_("{client} belongs to the book, but is in no part"), client=ids[j])
    if not np.array_equal(np.sort(book.counter), np.flatnonzero(given.counter)):
        yield finding(
            "book-counter",
            N_("the record leaves {said} deposits to the counter; by the scheme there are {counted}"),
            said=len(book.counter),
            counted=int(given.counter.sum()),
        )
