"""Who may hold a client of the book: tier and jurisdiction, links, and the rules that settle it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cmopt.domain.book_result import SETTLED, Settled
from cmopt.domain.problem import Bools, Ints, Pair
from cmopt.domain.scheme import Book
from cmopt.problem.book_columns import NONE

if TYPE_CHECKING:
    from cmopt.problem.book_slice import BookSlice

CODE: dict[Settled, int] = {name: n for n, name in enumerate(SETTLED)}
FIXED = tuple(CODE[name] for name in ("pin", "head", "maker", "developer"))


def may_hold(part: BookSlice) -> tuple[Bools, Ints, tuple[Pair, ...]]:
    """eligible[i, j], which rule settled each client (numbers in SETTLED), and the pins.

    The first of these that applies settles a client, as far as the person it names may hold it: a pin; a
    problem loan to the branch head or to who made it; the developer. Rotation bars an incumbent unless a pin
    or the rule of problem loans has settled the client.
    """
    eligible = by_tier_and_region(part)
    pins = _apply_links(part, eligible)
    settled = np.zeros(len(part.columns.ids), dtype=np.int64)
    for i, j in pins:
        eligible[:, j] = False
        eligible[i, j] = True
        settled[j] = CODE["pin"]
    _settle_problem_loans(part, eligible, settled)
    _rotate(part, eligible, settled)
    _settle_developed(part, eligible, settled)
    settled[~eligible.any(axis=0)] = CODE["nobody"]
    eligible.setflags(write=False)
    return eligible, settled, pins


def by_tier_and_region(part: BookSlice) -> Bools:
    """Whose tier may hold the segment, in the client's region; no member of a team where these hold none."""
    place = places_of_tiers(part)
    region = {b: n for n, branches in enumerate(part.regions) for b in branches}
    known = np.array([region.get(b, NONE) for b in part.columns.branches], dtype=np.int64)
    of_manager = np.array([region[m.branch] for m in part.managers], dtype=np.int64)
    open_to = np.array([part.book.team_members or not m.seated for m in part.managers], dtype=np.bool_)
    eligible: Bools = (place >= 0)[:, part.columns.segment]
    eligible &= of_manager[:, None] == known[part.columns.branch][None, :]
    eligible &= open_to[:, None]
    return eligible


def places_of_tiers(part: BookSlice) -> Ints:
    """[manager, segment] -> the place of their tier in the segment's list, NONE where it is not in it."""
    segments = part.scheme.segments
    found = [[s.tiers.index(m.tier) if m.tier in s.tiers else NONE for s in segments] for m in part.managers]
    return np.array(found, dtype=np.int64).reshape(len(part.managers), len(segments))


def _apply_links(part: BookSlice, eligible: Bools) -> tuple[Pair, ...]:
    """Recusals and allows, written into `eligible`; the pins."""
    manager = {m.staff_id: i for i, m in enumerate(part.managers)}
    pins: list[Pair] = []
    for link in part.links:
        i = manager.get(link.staff_id)
        if i is None or link.rule is None:
            continue
        j = part.columns.number[link.client_id]
        eligible[i, j] = eligible[i, j] if link.rule == "pin" else link.rule == "allow"
        if link.rule == "pin":
            pins.append((i, j))
    return tuple(sorted(pins))


def _settle_problem_loans(part: BookSlice, eligible: Bools, settled: Ints) -> None:
    book, columns = part.book, part.columns
    if book.problem_loans == "free":
        return
    problem = columns.loan & (columns.quality >= book.problem_from) & (settled == 0)
    if book.problem_loans == "maker":
        maker = np.where(columns.developer == NONE, columns.incumbent, columns.developer)
        _give(eligible, settled, problem, maker, "maker")
        return
    heads = np.array([m.is_head for m in part.managers], dtype=np.bool_)
    at = {b: n for n, b in enumerate(columns.branches)}
    own = np.array([at[m.branch] for m in part.managers], dtype=np.int64)
    able = eligible & heads[:, None] & (own[:, None] == columns.branch[None, :])
    to_head = problem & able.any(axis=0)
    eligible[:, to_head] = able[:, to_head]
    settled[to_head] = CODE["head"]


def _rotate(part: BookSlice, eligible: Bools, settled: Ints) -> None:
    columns = part.columns
    due = rotation_due(part.book, columns.loan, columns.since) & (columns.incumbent >= 0) & (settled == 0)
    clients = np.flatnonzero(due)
    barred = clients[eligible[columns.incumbent[clients], clients]]
    eligible[columns.incumbent[barred], barred] = False
    settled[barred] = CODE["rotation"]


def rotation_due(book: Book, loan: Bools, since: Ints) -> Bools:
    """Which loans have been in one hand for so many full years (anniversaries) at the day that counts."""
    if book.rotation_years is None or book.as_of is None:
        return np.zeros(len(loan), dtype=np.bool_)
    day = book.as_of.year * 10_000 + book.as_of.month * 100 + book.as_of.day
    return loan & (since > 0) & ((day - since) // 10_000 >= book.rotation_years)


def _settle_developed(part: BookSlice, eligible: Bools, settled: Ints) -> None:
    columns = part.columns
    if part.book.developer == "keeps":
        brought_in = (~columns.loan | (columns.incumbent == NONE)) & (settled == 0)
        _give(eligible, settled, brought_in, columns.developer, "developer")


def _give(eligible: Bools, settled: Ints, clients: Bools, person: Ints, rule: Settled) -> None:
    """`clients` to `person` alone wherever that person may hold them."""
    named = np.flatnonzero(clients & (person >= 0))
    given = named[eligible[person[named], named]]
    eligible[:, given] = False
    eligible[person[given], given] = True
    settled[given] = CODE[rule]
