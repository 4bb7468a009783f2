"""The price of a line: what one change of hands would break or make worse first, in the order of the goals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cmopt.audit.book_columns import NONE, Ints
from cmopt.explain.book_moves import Division, Hit, Moves

AT_ONCE = 400_000  # moves that are looked at at once


@dataclass(frozen=True)
class Prices:
    """Of each move what comes of it first.

    breaks: the hard limit that it would break (number in `part.limits`), NONE: none. goal: else the first
    goal that it would change (number in priority order), NONE: none; worse: by how much (below 0: better).
    limit: the limit that it breaks, or of the goal `bands` the one that changes most; hit: what it does there.
    """

    breaks: Ints
    goal: Ints
    worse: Ints
    limit: Ints
    hit: Hit

    @classmethod
    def of(cls, division: Division, moves: Moves) -> Prices:
        part, size = division.part, len(moves.unit)
        goals = [g.name for g in part.given.book.goals]
        breaks, goal, limit = (np.full(size, NONE, dtype=np.int64) for _ in range(3))
        worse = np.zeros(size, dtype=object)
        for n, rule in enumerate(part.limits):
            if rule.price is None:
                breaks[(breaks == NONE) & (division.limit_change(n, moves) > 0)] = n
        limit[:] = breaks
        for g, name in enumerate(goals):
            open_still = (goal == NONE) & (breaks == NONE)
            if not open_still.any():
                break
            at, some = np.flatnonzero(open_still), moves.only(open_still)
            change = division.change(name, some)
            decided = change != 0
            goal[at[decided]], worse[at[decided]] = g, change[decided]
            if name == "bands" and decided.any():
                limit[at[decided]] = _most_changed(division, some.only(decided))
        return cls(breaks, goal, worse, limit, _hits(division, moves, limit))


def _most_changed(division: Division, moves: Moves) -> Ints:
    """The limit with a price that costs more than any other by each move."""
    priced = [n for n, limit in enumerate(division.part.limits) if limit.price is not None]
    changes = np.stack([division.limit_change(n, moves) for n in priced])
    return np.asarray(np.array(priced, dtype=np.int64)[changes.argmax(axis=0)])


def _hits(division: Division, moves: Moves, limit: Ints) -> Hit:
    """What each move does to its limit (NONE: nothing is said)."""
    size = len(moves.unit)
    who, above = np.full(size, NONE, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    carried, share = np.zeros(size, dtype=object), np.full(size, NONE, dtype=np.int64)
    for n in np.unique(limit[limit != NONE]).tolist():
        at = np.flatnonzero(limit == n)
        hit = division.hit(n, moves.only(limit == n))
        who[at], above[at], carried[at] = hit.who, hit.above, hit.carried
        if hit.share is not None:
            share[at] = hit.share
    return Hit(who, above, carried, share)


@dataclass(frozen=True)
class NextBest:
    """Of each unit the best of the others who may hold it.

    may: how many may hold it at all. room: how many of the others break no hard limit with it. other: the best
    of these by the goals in their order (NONE: nobody). goal, worse: the first goal in which they differ from
    its manager (NONE: none), and by how much it would be worse.
    """

    may: Ints
    room: Ints
    other: Ints
    goal: Ints
    worse: Ints

    @classmethod
    def of(cls, division: Division, units: Ints) -> NextBest:
        """units: the first client of each, every one of them held by somebody or by nobody."""
        size = max(1, AT_ONCE // max(1, len(division.part.managers)))
        pieces = [_next_best(division, units[n : n + size]) for n in range(0, len(units), size)]
        columns = zip(*pieces, strict=True) if pieces else [[np.zeros(0, dtype=np.int64)]] * 5
        return cls(*(np.concatenate(list(c)) for c in columns))


def _next_best(division: Division, units: Ints) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    part, size = division.part, len(units)
    may = part.may[units].copy()
    for k, unit in enumerate(units.tolist()):
        if unit in division.companies:
            may[k] = part.may[division.companies[unit]].all(axis=0)
    able = may.sum(axis=1)
    held = np.flatnonzero(division.holder[units] != NONE)
    may[held, division.holder[units[held]]] = False
    row, other = np.nonzero(may)
    moves = division.moves(units[row], other)
    alive = np.ones(len(row), dtype=np.bool_)
    for n, rule in enumerate(part.limits):
        if rule.price is None and len(row):
            alive &= division.limit_change(n, moves) <= 0
    room = np.bincount(row[alive], minlength=size)
    goal, worse = np.full(size, NONE, dtype=np.int64), np.zeros(size, dtype=object)
    for g, wanted in enumerate(part.given.book.goals):
        several = np.bincount(row[alive], minlength=size) > 1
        looked_at = alive & (several | (goal == NONE))[row]
        if not looked_at.any():
            break
        at = np.flatnonzero(looked_at)
        change = division.change(wanted.name, moves.only(looked_at))
        least = _least_by(row[at], change, size)
        alive[at[change != least[row[at]]]] = False
        decided = np.unique(row[at])
        decided = decided[(least[decided] != 0) & (goal[decided] == NONE)]
        goal[decided], worse[decided] = g, least[decided]
    best = np.full(size, NONE, dtype=np.int64)
    there = np.flatnonzero(alive)[::-1]
    best[row[there]] = other[there]
    return able, room, best, goal, worse


def _least_by(row: Ints, change: Ints, size: int) -> Ints:
    """The least change of each row (rows in order); 0 for rows that are not there."""
    found = np.zeros(size, dtype=change.dtype)
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    found[row[begins]] = np.minimum.reduceat(change, begins)
    return found
