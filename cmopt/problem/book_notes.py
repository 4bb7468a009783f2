"""What to know of a book before it is divided: who will be left out, whom rules cannot name, what is joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cmopt.domain.book_result import SETTLED
from cmopt.domain.clients import Case
from cmopt.domain.problem import Bools, Ints
from cmopt.domain.scheme import Book, Scheme
from cmopt.errors import Finding, Listed, Severity, finding
from cmopt.i18n import N_
from cmopt.problem.book import BookPlan, book_of
from cmopt.problem.book_columns import NONE, Columns
from cmopt.problem.book_groups import groups_of, split_group
from cmopt.problem.book_room import Tight, least_short, passed, room_notes, room_short
from cmopt.problem.book_rules import may_hold

MOST_NAMED = 10

Named = list[str]


def book_notes(case: Case, scheme: Scheme, plan: BookPlan) -> list[Finding]:
    """Warnings and notices, each with the first clients or branches it is about.

    book-no-managers, book-nobody: who will be left out. book-developer, book-maker, book-head: a rule that
    names somebody who may not hold the client. book-group-split, book-group-branches: groups that are not held
    by one person. book-held-since, book-rotated: rotation. book-joined: branches joined by links.
    book-counter-pinned, book-outside: clients that are, or are not, of the book. book-branch: branches that are
    not there. book-room, book-least, book-passed: hard limits too tight for the figures. book-coverage-later:
    coverage behind other goals.
    """
    book, columns = book_of(scheme), plan.columns
    found = [*_of_parts(plan, book), *_spread_groups(plan, book)]
    found += [*_joined(plan), *_outside(plan), *_unknown_branches(case, book)]
    pinned = np.flatnonzero(columns.counter & columns.pinned & ~columns.loan)
    if book.counter != "none" and len(pinned):
        text = N_(
            "{n} deposits are marked as the counter's but pinned to a manager: the pin counts ({clients})"
        )
        found.append(_note("book-counter-pinned", text, "links", _ids(columns, pinned)))
    if book.goals[0].name != "coverage":
        text = N_(
            "coverage is not the first goal of the book: clients may be left out for the sake of the goals "
            "before it"
        )
        found.append(finding("book-coverage-later", text, "book.goals", "warning"))
    return found


# --- by part -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Seen:
    """A part's clients with who may hold them and which rule settled each."""

    columns: Columns
    eligible: Bools
    settled: Ints
    book: Book

    def named(self, which: Bools) -> Named:
        return _ids(self.columns, np.flatnonzero(which))

    def settled_by(self, *rules: str) -> Bools:
        return np.isin(self.settled, [n for n, name in enumerate(SETTLED) if name in rules])


def _of_parts(plan: BookPlan, book: Book) -> Iterator[Finding]:
    told: dict[str, Named] = {code: [] for code in _TOLD}
    room: list[Tight] = []
    least: list[Tight] = []
    over: list[Tight] = []
    empty: dict[str, int] = {}
    for n in range(len(plan)):
        part = plan.slice(n)
        eligible, settled, _ = may_hold(part)
        seen = _Seen(part.columns, eligible, settled, book)
        deserted = _deserted(seen, [m.branch for m in part.managers], part.regions)
        for b in np.flatnonzero(np.bincount(part.columns.branch[deserted])).tolist():
            branch = part.columns.branches[b]
            empty[branch] = int((part.columns.branch[deserted] == b).sum())
        nobody = seen.settled_by("nobody") & ~deserted
        told["book-nobody"] += seen.named(nobody)
        for code, which in _unnamed(seen):
            told[code] += seen.named(which)
        told["book-group-split"] += _taken_out(seen)
        room += room_short(part, eligible)
        least += least_short(part, eligible)
        over += passed(part, eligible)
    if empty:
        text = N_("{n} clients of {branches} will be left out: nobody there may hold any client")
        yield finding(
            "book-no-managers",
            text,
            "clients",
            "warning",
            n=sum(empty.values()),
            branches=_first(sorted(empty)),
        )
    for code, text in _TOLD.items():
        if told[code]:
            yield _note(code, text, "clients", sorted(told[code]), notice=code == "book-rotated")
    yield from room_notes(plan.scheme, room, least, over)


_TOLD = {
    "book-nobody": N_("{n} clients will be left out: nobody may hold them ({clients})"),
    "book-developer": N_(
        "{n} clients should stay with their developer, who may not hold them: they are divided like any other "
        "({clients})"
    ),
    "book-maker": N_(
        "{n} problem loans should stay with who made them, but nobody is named or that person may not hold "
        "them: they are divided like any other ({clients})"
    ),
    "book-head": N_(
        "{n} problem loans should go to their branch head, but the branch has none who may hold them: they are "
        "divided like any other ({clients})"
    ),
    "book-group-split": N_(
        "{n} clients are held apart from others of their group: a pin, a rule that names somebody, tiers or "
        "recusals leave nobody who may hold them all ({clients})"
    ),
    "book-held-since": N_(
        "{n} loan clients have an incumbent but not since when: rotation does not look at them ({clients})"
    ),
    "book-rotated": N_("{n} loan clients must change hands by rotation ({clients})"),
}


def _deserted(seen: _Seen, of_manager: Sequence[str], regions: Sequence[Sequence[str]]) -> Bools:
    """Clients nobody may hold in a region where nobody works who may hold anything."""
    able = {b for b, i in zip(of_manager, np.asarray(seen.eligible.any(axis=1)).tolist(), strict=True) if i}
    lost = {b for region in regions if not able.intersection(region) for b in region}
    here = np.array([b in lost for b in seen.columns.branches], dtype=np.bool_)
    return here[seen.columns.branch] & seen.settled_by("nobody")


def _unnamed(seen: _Seen) -> Iterator[tuple[str, Bools]]:
    """Clients of which a rule of the book speaks that could not settle them."""
    book, columns = seen.book, seen.columns
    if book.developer == "keeps":
        brought_in = (~columns.loan | (columns.incumbent == NONE)) & (columns.developer != NONE)
        yield "book-developer", brought_in & seen.settled_by("", "rotation")
    problem = columns.loan & (columns.quality >= book.problem_from)
    if book.problem_loans != "free":
        rule = f"book-{book.problem_loans}"
        yield rule, problem & seen.settled_by("", "rotation", "developer")
    if book.rotation_years is not None:
        blank = columns.loan & (columns.incumbent != NONE) & (columns.since == 0)
        yield "book-held-since", blank & ~seen.settled_by("pin", "head", "maker")
        yield "book-rotated", seen.settled_by("rotation")


def _taken_out(seen: _Seen) -> Named:
    """Clients that somebody may hold, but not together with all others of their group in the branch."""
    if seen.book.groups == "free":
        return []
    out: list[int] = []
    for members in groups_of(seen.columns):
        there = members[seen.eligible[:, members].any(axis=0)]
        kept = split_group(members, seen.eligible, seen.settled)
        if len(there) > 1 and len(kept) < len(there):
            out += sorted(set(there.tolist()) - set(kept))
    return _ids(seen.columns, out)


# --- of the whole book -------------------------------------------------------------------------------


def _spread_groups(plan: BookPlan, book: Book) -> Iterator[Finding]:
    """Groups with companies in several branches: each branch divides its own."""
    columns, groups = plan.columns, plan.case.clients.groups
    inside = np.concatenate(plan.parts.clients)
    grouped = inside[columns.group[inside] != NONE]
    if book.groups == "free" or not len(grouped):
        return
    pairs = np.unique(np.stack([columns.group[grouped], columns.branch[grouped]]), axis=1)
    spread, branches = np.unique(pairs[0], return_counts=True)
    several = [groups[g] for g in spread[branches > 1].tolist()]
    if several:
        text = N_(
            "{n} groups have companies in several branches: they are held together within each branch only "
            "({groups})"
        )
        n = len(several)
        yield finding("book-group-branches", text, "clients", "notice", n=n, groups=_first(several))


def _joined(plan: BookPlan) -> Iterator[Finding]:
    text = N_("the branches {branches} are divided together: a pin or an allow leads from one to another")
    for branches, regions in zip(plan.parts.branches, plan.parts.regions, strict=True):
        if len(regions) > 1:
            yield finding("book-joined", text, "links", "notice", branches=_first(branches))


def _outside(plan: BookPlan) -> Iterator[Finding]:
    if len(plan.outside):
        text = N_(
            "{n} clients belong neither to the key accounts nor to the book: they stay with their incumbents, "
            "whose load they are ({clients})"
        )
        yield _note("book-outside", text, "clients", _ids(plan.columns, plan.outside))


def _unknown_branches(case: Case, book: Book) -> Iterator[Finding]:
    known = set(case.clients.branches)
    named = [("book.regions", region) for region in book.regions]
    named += [(f"book.limits.{limit.key}", limit.branches) for limit in book.limits]
    text = N_("there are neither staff nor clients of the branches {branches}")
    for where, branches in named:
        if unknown := [b for b in branches if b not in known]:
            yield finding("book-branch", text, where, "warning", branches=Listed(unknown))


# --- wording -----------------------------------------------------------------------------------------


def _ids(columns: Columns, clients: Iterable[int] | Ints) -> Named:
    return [columns.ids[c] for c in np.asarray(list(clients), dtype=np.int64).tolist()]


def _first(names: Sequence[str]) -> Listed:
    return Listed([*names[:MOST_NAMED], *(["..."] if len(names) > MOST_NAMED else [])])


def _note(code: str, text: str, where: str, clients: Named, notice: bool = False) -> Finding:
    severity: Severity = "notice" if notice else "warning"
    return finding(code, text, where, severity, n=len(clients), clients=_first(clients))
