"""The goals of the book, counted from a part's finished division. models/README.md, "The book"."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cmopt.audit.book_columns import NONE, Ints, exact_sum
from cmopt.audit.book_part import Part
from cmopt.domain.clients import Link
from cmopt.domain.draw import draw_number


def goal_values(part: Part, holder: Ints, seed: int) -> dict[str, int]:
    """Goal -> value of a division: of each client of the part the number of its manager, NONE: left out."""
    return {goal.name: value_of(part, goal.name, holder, seed) for goal in part.given.book.goals}


def value_of(part: Part, goal: str, holder: Ints, seed: int) -> int:
    if goal == "bands":
        return sum(limit.cost(limit.carried(part, holder)) for limit in part.limits)
    if goal == "mix":
        resolution = part.given.book.resolution
        return sum(mix.cost(mix.carried(part, holder), resolution) for mix in part.mixes)
    held, empty = np.flatnonzero(holder != NONE), np.flatnonzero(holder == NONE)
    there = exact_sum(pair_figures(part, goal, held, holder[held], seed))
    return there + exact_sum(left_out(part, goal)[empty])


def left_out(part: Part, goal: str) -> Ints:
    """What each client counts in a goal that is a sum over pairs if nobody holds it."""
    if goal == "coverage":
        return np.ones(len(part.clients), dtype=np.int64)
    return part.balance if goal == "coverage_balance" else np.zeros(len(part.clients), dtype=np.int64)


def pair_figures(part: Part, goal: str, clients: Ints, managers: Ints, seed: int) -> Ints:
    """What each pair of a client and its manager counts (numbers within the part, which broadcast)."""
    if goal == "draw":
        return _drawn(part, clients, managers, seed)
    return PAIRS[goal](part, clients, managers)


def _nothing(part: Part, j: Ints, i: Ints) -> Ints:
    return np.zeros(np.broadcast(j, i).shape, dtype=np.int64)


def handovers(part: Part, j: Ints, i: Ints) -> Ints:
    """The points of whoever is taken from an incumbent who may keep it."""
    keeper = part.keeper[j]
    return np.where((keeper != NONE) & (keeper != i), part.points[j], 0)


def continuity(part: Part, j: Ints, i: Ints) -> Ints:
    return np.asarray(part.keeper[j] == i, dtype=np.int64)


def continuity_balance(part: Part, j: Ints, i: Ints) -> Ints:
    return np.where(part.keeper[j] == i, part.balance[j], 0)


def tier_preference(part: Part, j: Ints, i: Ints) -> Ints:
    """The place of the manager's tier in the segment's list, the list's length where it is not in it."""
    given, columns = part.given, part.given.columns
    segment = columns.segment[part.clients[j]]
    lengths = np.array([len(s.tiers) for s in given.scheme.segments], dtype=np.int64)
    place = given.place[segment, columns.staff_tier[part.managers[i]]]
    return np.where(place == NONE, lengths[segment], place)


def fit(part: Part, j: Ints, i: Ints) -> Ints:
    return _linked(part, lambda link: link.fit, part.given.scheme.links.fit_absent, j, i)


def cost(part: Part, j: Ints, i: Ints) -> Ints:
    return _linked(part, lambda link: link.cost, part.given.scheme.links.cost_absent, j, i)


def bids(part: Part, j: Ints, i: Ints) -> Ints:
    """The place of the bid, one behind the last of all for who bid nothing; 0 for who keeps the client."""
    last = max((k.bid for k in part.given.case.links if k.bid is not None), default=0)
    return np.where(part.keeper[j] == i, 0, _linked(part, lambda link: link.bid, last + 1, j, i))


def _linked(part: Part, figure: Callable[[Link], int | None], absent: int, j: Ints, i: Ints) -> Ints:
    pairs = part.given.columns.pairs(figure)
    there, value = pairs.where(part.clients[j], part.managers[i])
    return np.where(there, value, absent)


def _drawn(part: Part, j: Ints, i: Ints, seed: int) -> Ints:
    ids, people = part.given.case.clients.ids, part.manager_ids
    clients = part.clients
    pairs = np.broadcast(j, i)
    drawn = [draw_number(seed, "division", people[b], ids[clients[a]]) for a, b in pairs]
    return np.array(drawn, dtype=np.int64).reshape(pairs.shape)


PAIRS: dict[str, Callable[[Part, Ints, Ints], Ints]] = {
    "coverage": _nothing,
    "coverage_balance": _nothing,
    "handovers": handovers,
    "continuity": continuity,
    "continuity_balance": continuity_balance,
    "tier_preference": tier_preference,
    "fit": fit,
    "cost": cost,
    "bids": bids,
}
