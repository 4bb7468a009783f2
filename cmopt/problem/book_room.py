"""Hard limits of the book that the figures alone show to be too tight: no room for all clients, no way to reach
a least, a most that is passed already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from cmopt.domain.fixed import UNIT
from cmopt.domain.problem import Bools, LoadLimit
from cmopt.domain.scheme import Scheme
from cmopt.errors import Finding, Listed, finding
from cmopt.i18n import N_
from cmopt.problem.book_loads import BookLoads
from cmopt.problem.book_sizes import plain_key
from cmopt.problem.book_slice import BookSlice

MOST_NAMED = 10

Tight = tuple[
    str, str, int
]  # the limit's key, the part, how many millionths too few (of room, or of clients)


def room_short(part: BookSlice, eligible: Bools) -> Iterator[Tight]:
    """Limits whose `most` cannot take all that only the limited managers may hold."""
    for limit in _hard(part, eligible):
        able = [(unit, most - base) for unit, most, base in _ends(limit, limit.most)]
        inside = np.zeros(len(part.managers), dtype=np.bool_)
        inside[[i for unit, _ in able for i in unit]] = True
        bound = eligible[inside].any(axis=0) & ~eligible[~inside].any(axis=0)
        missing = _sum(limit, bound) - sum(max(0, room) for _, room in able)
        if missing > 0:
            yield plain_key(limit), part.name, missing


def least_short(part: BookSlice, eligible: Bools) -> Iterator[Tight]:
    """Limits whose `least` is more than all clients that somebody of the unit, or of all, may hold."""
    for limit in _hard(part, eligible):
        wanted = [(unit, least - base) for unit, least, base in _ends(limit, limit.least)]
        alone = [lack - _sum(limit, eligible[list(unit)].any(axis=0)) for unit, lack in wanted]
        everybody = [i for unit, _ in wanted for i in unit]
        whole = sum(max(0, lack) for _, lack in wanted) - _sum(limit, eligible[everybody].any(axis=0))
        missing = max([whole, *alone], default=0)
        if missing > 0:
            yield plain_key(limit), part.name, missing


def passed(part: BookSlice, eligible: Bools) -> Iterator[Tight]:
    """Limits that somebody passes with what they hold besides the book."""
    for limit in _hard(part, eligible):
        over = max((base - most for _, most, base in _ends(limit, limit.most)), default=0)
        if over > 0:
            yield plain_key(limit), part.name, over


def room_notes(
    scheme: Scheme, room: Sequence[Tight], least: Sequence[Tight], over: Sequence[Tight]
) -> Iterator[Finding]:
    assert scheme.book is not None
    for limit in scheme.book.limits:
        short = [t for t in room if t[0] == f"limits.{limit.key}"]
        if short and limit.measure is None:
            text = N_(
                "the limit {limit} has no room for all clients: at least {n} of {branches} will be left out"
            )
            n = sum(-(-missing // UNIT) for _, _, missing in short)
            yield finding(
                "book-room", text, "book.limits", "warning", limit=limit.title, n=n, branches=_parts(short)
            )
        elif short:
            text = N_("the limit {limit} has no room for all clients of {branches}: some will be left out")
            yield finding(
                "book-room", text, "book.limits", "warning", limit=limit.title, branches=_parts(short)
            )
        if lacking := [t for t in least if t[0] == f"limits.{limit.key}"]:
            text = N_(
                "the limit {limit} asks for more than the clients of {branches} can bring: nothing keeps it"
            )
            yield finding(
                "book-least", text, "book.limits", "warning", limit=limit.title, branches=_parts(lacking)
            )
        if full := [t for t in over if t[0] == f"limits.{limit.key}"]:
            text = N_(
                "the limit {limit} is passed in {branches} by what somebody holds besides the book: nothing "
                "keeps it"
            )
            yield finding(
                "book-passed", text, "book.limits", "warning", limit=limit.title, branches=_parts(full)
            )


def _hard(part: BookSlice, eligible: Bools) -> Iterator[LoadLimit]:
    """Hard limits without figures that depend on who holds the client, or below 0."""
    for limit in BookLoads(part, eligible).limits():
        if limit.price is None and not limit.pair and min(limit.load) >= 0:
            yield limit


def _ends(limit: LoadLimit, ends: Sequence[int | None]) -> Iterator[tuple[tuple[int, ...], int, int]]:
    for unit, end, base in zip(limit.units, ends, limit.base, strict=True):
        if end is not None:
            yield unit, end, base


def _sum(limit: LoadLimit, which: Bools | np.bool_) -> int:
    return int(np.array(limit.load, dtype=np.int64)[np.asarray(which)].sum())


def _parts(tight: Iterable[Tight]) -> Listed:
    names = sorted({part for _, part, _ in tight})
    return Listed([*names[:MOST_NAMED], *(["..."] if len(names) > MOST_NAMED else [])])
